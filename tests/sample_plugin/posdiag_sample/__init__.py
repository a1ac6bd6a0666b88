"""Checks for shops whose cash register talks to the terminal: one module each."""
