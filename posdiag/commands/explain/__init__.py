"""`posdiag explain`: a check, a cause, a response code or a path code."""

from posdiag.texts.lookup import Texts

TEXTS = Texts("posdiag.commands.explain", "explain.toml")
