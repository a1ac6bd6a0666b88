"""Checks of the group `target`."""
