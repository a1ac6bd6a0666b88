"""The forms of a report: explained values in, text out."""

from posdiag.texts.lookup import Texts

TEXTS = Texts("posdiag.report", "report.toml")
FORMATS = Texts("posdiag.report", "formats.toml")
