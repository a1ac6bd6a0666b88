"""Checks of the group `isp`."""
