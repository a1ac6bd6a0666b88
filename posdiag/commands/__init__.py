"""One module for each command of `posdiag`. Importing them imports nothing heavy."""

from posdiag.texts.lookup import Texts

TEXTS = Texts("posdiag.commands", "commands.toml")
HELP = Texts("posdiag.commands", "help.toml")
