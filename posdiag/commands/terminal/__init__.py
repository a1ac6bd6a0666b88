"""`posdiag terminal`: what the terminal itself does on the wire."""

from posdiag.texts.lookup import Texts

TEXTS = Texts("posdiag.commands.terminal", "terminal.toml")
