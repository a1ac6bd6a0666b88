"""Printer and card reader."""
