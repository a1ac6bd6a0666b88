"""Connections that are followed: their streams, and how far TLS can be seen."""
