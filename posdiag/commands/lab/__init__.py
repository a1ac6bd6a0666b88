"""`posdiag lab`: benches of real hardware, for continuous integration."""
