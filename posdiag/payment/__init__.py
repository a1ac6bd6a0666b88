"""ISO 8583 as a payment terminal speaks it: framing, fields, one echo. Pure."""
