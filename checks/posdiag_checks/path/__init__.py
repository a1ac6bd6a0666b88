"""Checks of the group `path`."""
