"""Checks of the group `clock`."""
