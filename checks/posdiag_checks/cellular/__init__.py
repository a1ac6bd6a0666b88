"""The terminal's mobile connection: SIM, registration, signal, data."""
