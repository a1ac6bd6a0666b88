"""`python -m posdiag` is `posdiag`."""

from posdiag.cli import main

main()
