"""The tunnel to a private network."""
