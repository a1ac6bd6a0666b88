"""Checks of the group `host`."""
