"""One module for each command of `posdiag`. Importing them imports nothing heavy."""
