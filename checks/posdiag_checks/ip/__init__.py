"""Checks of the group `ip`."""
