"""The telephone line and its modem."""
