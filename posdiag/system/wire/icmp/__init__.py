"""ICMP echoes, errors and traces."""
