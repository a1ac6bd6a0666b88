"""Bluetooth of this machine, and the terminal that uses it."""
