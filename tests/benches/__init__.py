"""Tests of `posdiag.lab`; tests/lab is the fault lab of posdiag itself."""
