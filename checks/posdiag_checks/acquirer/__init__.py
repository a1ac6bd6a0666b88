"""Checks of the group `acquirer`."""
