"""Wi-Fi: scan, connection, join test and capture."""
