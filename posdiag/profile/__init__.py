"""The site profile: reading TOML, checking it, printing it."""

from posdiag.texts.lookup import Texts

TEXTS = Texts("posdiag.profile", "profile.toml")
