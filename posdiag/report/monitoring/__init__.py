"""The report for monitoring systems."""
