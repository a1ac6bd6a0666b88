"""Checks of the group `dns`."""
