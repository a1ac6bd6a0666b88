"""Which formats are there, and how is a report turned into one of them?

All take the same `Explained`, which was cleaned and redacted where it was made
(`posdiag.texts.explain`): a format can leave out, it cannot leak. Each format is a
module, imported only when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posdiag.texts.explain import Explained
    from posdiag.texts.lang import Lang

MODULES = {
    "json": "posdiag.report.json",
    "junit": "posdiag.report.junit",
    "html": "posdiag.report.html.page",
    "markdown": "posdiag.report.markdown",
    "receipt": "posdiag.report.receipt",
    "ndjson": "posdiag.report.ndjson",
    "nagios": "posdiag.report.monitoring.nagios",
    "prometheus": "posdiag.report.monitoring.prometheus",
}
#: In the order in which they are offered. `terminal` is printed by `report.terminal`.
NAMES = ("terminal", *MODULES)

#: Those that make sense on a screen, too.
FOR_PEOPLE = ("markdown", "receipt", "nagios")

COLUMNS = (32, 48)  # of a receipt: paper of 58 mm and of 80 mm, font A


def render(name: str, explained: "Explained", lang: "Lang", columns: int = 32) -> str:
    """The report in the format `name`, any but `terminal`. `columns` is for `receipt`.
    KeyError for a name that is none."""
    module = import_module(MODULES[name])
    if name == "receipt":
        text: str = module.render(explained, lang, columns)
    else:
        text = module.render(explained, lang)
    return text
