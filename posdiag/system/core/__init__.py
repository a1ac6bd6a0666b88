"""What every system has: dispatch, cache, recording and replay."""
