"""Which checks there are, one run of them, and what caused what."""
