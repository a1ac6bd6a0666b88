"""Checks of the group `link`."""
