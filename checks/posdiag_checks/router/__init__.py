"""Checks of the group `router`."""
