"""Devices of a demonstration, on pseudo-terminals: what posdiag opens as a port."""
