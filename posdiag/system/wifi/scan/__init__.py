"""Active and passive scans."""
