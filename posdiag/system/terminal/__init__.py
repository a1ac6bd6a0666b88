"""Frames of the payment terminal: from the LAN, from between, as its router, from a
file. Nothing here configures the kernel, so nothing has to be undone."""
