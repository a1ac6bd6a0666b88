"""Sockets: TCP, UDP, DNS, HTTP, NTP, ICMP and TLS."""
