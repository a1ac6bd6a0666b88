"""Terminals, one module for each kind of trouble."""
