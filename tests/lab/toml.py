"""How does a profile look as TOML? (The standard library only reads it.)"""

import json
from typing import Any


def dump(tables: dict[str, dict[str, Any]], targets: list[dict[str, Any]]) -> str:
    """Strings, numbers, truth values and lists of strings: all that a profile needs.

    JSON's notation of these is TOML's. A key with a dot is a name, not a path.
    """
    text = ""
    for name, entries in tables.items():
        text += f"[{name}]\n" + _lines(entries)
    for target in targets:
        text += "[[target]]\n" + _lines(target)
    return text


def _lines(entries: dict[str, Any]) -> str:
    lines = (f"{_key(k)} = {json.dumps(v)}\n" for k, v in entries.items())
    return "".join(lines) + "\n"


def _key(name: str) -> str:
    return json.dumps(name) if "." in name else name
