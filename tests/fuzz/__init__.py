"""Mutated bytes for every parser of outside bytes: `python -m tests.fuzz`."""
