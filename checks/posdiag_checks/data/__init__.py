"""What the sales cost in data, and how fast the line is."""
