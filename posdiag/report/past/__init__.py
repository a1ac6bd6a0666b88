"""What earlier runs said, in words: the list, a comparison, a watch."""

from posdiag.texts.lookup import Texts

TEXTS = Texts("posdiag.report.past", "past.toml")
