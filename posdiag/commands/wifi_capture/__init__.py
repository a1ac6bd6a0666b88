"""`posdiag wifi capture`: record how the terminal joins its Wi-Fi."""

from posdiag.texts.lookup import Texts

TEXTS = Texts("posdiag.commands.wifi_capture", "wifi_capture.toml")
