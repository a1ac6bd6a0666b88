"""The terminal's way by a SIM: card, registration, signal, data connection."""
