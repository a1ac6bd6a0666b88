"""The terminal itself, as it is heard on the wire."""
