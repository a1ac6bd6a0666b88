"""The lab of the terminal: what it does on the wire, and what posdiag makes of it."""
