"""The cases; every module here is loaded."""
