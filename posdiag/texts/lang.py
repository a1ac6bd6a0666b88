"""In which language does this person read?

The option, then `POSDIAG_LANG`, then the locale: any Chinese one is `zh`, whatever its
script, region, encoding or spelling. All else is `en`.
"""

import locale
import re
from collections.abc import Callable, Mapping
from typing import Literal

Lang = Literal["zh", "en"]

#: In the order in which POSIX lets them override each other.
LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")

# zh, zh_CN.GBK, zh-Hans; Windows: "Chinese (Simplified)_China.936", "CHS", "中文".
CHINESE = re.compile(r"(zh|zho|chi|cmn|chs|cht)([-_.@:]|$)|chinese|中文", re.IGNORECASE)
ENGLISH = re.compile(r"(en|eng|enu)([-_.@:]|$)|english", re.IGNORECASE)


def choose(
    option: str | None,
    environ: Mapping[str, str],
    system: Callable[[], str] | None = None,
) -> Lang:
    """`zh` or `en`. `system` gives the locale of a machine that sets no variable."""
    for wish in (option, environ.get("POSDIAG_LANG")):
        if wish and CHINESE.match(wish.strip()):
            return "zh"
        if wish and ENGLISH.match(wish.strip()):
            return "en"
    for name in LOCALE_VARIABLES:
        value = environ.get(name, "").strip()
        if value:
            return "zh" if CHINESE.match(value) else "en"
    return "zh" if CHINESE.match((system or system_locale)()) else "en"


def system_locale() -> str:
    """What Windows and macOS say where no variable is set; "" for nothing."""
    try:
        return locale.getlocale()[0] or ""
    except ValueError:  # a name that Python does not know
        return ""
