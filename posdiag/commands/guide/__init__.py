"""`posdiag guide`, `posdiag bundle`, `posdiag advise`: for a merchant."""

from posdiag.texts.lookup import Texts

TEXTS = Texts("posdiag.commands.guide", "guide.toml")
