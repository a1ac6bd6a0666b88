"""`posdiag wifi capture`."""
