"""Monitor mode: how the terminal joins its network."""
