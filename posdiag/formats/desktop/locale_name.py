"""Which language is meant by the name of a locale, on any system?"""

import re
from typing import Literal

# zh, zh_CN.GBK, zh-Hans; Windows: "Chinese (Simplified)_China.936", "CHS", "中文".
CHINESE = re.compile(r"(zh|zho|chi|cmn|chs|cht)([-_.@:]|$)|chinese|中文", re.IGNORECASE)
ENGLISH = re.compile(r"(en|eng|enu)([-_.@:]|$)|english", re.IGNORECASE)


def language(locale: str) -> Literal["zh", "en"] | None:
    """Chinese in any script, region and encoding, English, or None for all others."""
    if CHINESE.match(locale.strip()):
        return "zh"
    return "en" if ENGLISH.match(locale.strip()) else None
