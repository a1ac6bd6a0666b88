"""What modems send on an AT port (3GPP TS 27.007, ITU-T V.250), as values. No I/O."""
