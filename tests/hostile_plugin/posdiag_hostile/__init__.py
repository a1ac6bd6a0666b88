"""Checks that do everything a check must not do; see tests/test_plugins.py."""
