"""Devices beside the network card: modems, printers, card readers, tunnels."""
