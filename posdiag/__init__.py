"""Diagnose why a payment terminal cannot get online, and name the one cause."""

__version__ = "0.1.0"

#: The day this version was made (ISO 8601). A clock that shows an earlier day is wrong.
RELEASED = "2026-11-20"

#: The first argument by which a frozen program starts itself as a child process.
CHILD = "--child-of-posdiag"
