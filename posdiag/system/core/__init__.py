"""What every system has: dispatch, cache, recording and replay; files and D-Bus."""
