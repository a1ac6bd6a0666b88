"""`posdiag explain`: a check, a cause, a response code or a path code."""
