"""The terminal itself, as it is observed on the wire."""
