"""`posdiag history`, `compare` and `watch`."""
