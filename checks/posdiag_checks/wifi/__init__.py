"""Checks of the group `wifi`."""
