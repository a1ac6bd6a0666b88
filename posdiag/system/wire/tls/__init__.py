"""TLS and TLCP handshakes, and connections with or without TLS."""
