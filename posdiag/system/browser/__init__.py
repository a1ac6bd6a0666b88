"""A page for a browser of this machine."""
