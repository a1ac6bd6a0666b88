"""D-Bus."""
