"""ISO 8583 framing, messages and answers of the echo."""
