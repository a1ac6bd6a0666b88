"""In which language does this person read?

The option, then `POSDIAG_LANG`, then the locale: any Chinese one is `zh`, whatever its
script, region, encoding or spelling. All else is `en`.
"""

import locale
from collections.abc import Callable, Mapping
from typing import Literal

from posdiag.formats.desktop.locale_name import language

Lang = Literal["zh", "en"]

VARIABLE = "POSDIAG_LANG"
#: In the order in which POSIX lets them override each other.
LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def choose(
    option: str | None,
    environ: Mapping[str, str],
    system: Callable[[], str] | None = None,
) -> Lang:
    """`zh` or `en`. `system` gives the locale of a machine that sets no variable."""
    for wish in (option, environ.get(VARIABLE)):
        wished = language(wish or "")
        if wished:
            return wished
    for name in LOCALE_VARIABLES:
        value = environ.get(name, "").strip()
        if value:
            return language(value) or "en"
    return language((system or system_locale)()) or "en"


def unknown(environ: Mapping[str, str]) -> str:
    """What `POSDIAG_LANG` asks for, where it is no language of ours; else ""."""
    wish = environ.get(VARIABLE, "").strip()
    return "" if language(wish) else wish


def system_locale() -> str:
    """The locale of Windows or macOS where no variable is set; "" if unknown."""
    try:
        return locale.getlocale()[0] or ""
    except ValueError:  # a name that Python does not know
        return ""
