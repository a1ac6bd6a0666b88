"""TLS and TLCP handshakes."""
