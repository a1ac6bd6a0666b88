"""A page in a browser of this machine, and what its screen can show."""
