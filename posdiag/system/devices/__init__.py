"""Devices on serial ports and buses: modems, printers, card readers."""
