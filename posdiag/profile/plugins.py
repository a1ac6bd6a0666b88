"""`[plugin.NAME]`: the tables that plugin packages declare.

A package is asked, in a process of its own, only where the profile has such a table.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from posdiag.engine.plugins.options import Declared, Key, defaults, taken
from posdiag.model.site import PluginTable, Secret
from posdiag.profile import TEXTS, unknown, whole_number
from posdiag.texts.lookup import left_out
from posdiag.texts.pair import Pair

if TYPE_CHECKING:
    from posdiag.profile.reader import Reader


def installed() -> Mapping[str, Declared]:
    """The packages of this machine and what each declares."""
    from posdiag.engine.registry import third_parties

    packages, _ = third_parties()
    if not packages:
        return {}
    from posdiag.engine.plugins.host import declarations

    return declarations(packages)


def read_plugins(
    reader: "Reader", data: object, known: Mapping[str, Declared]
) -> dict[str, PluginTable]:
    """Each package's table by the package's name, with its defaults; what is wrong or
    could not be checked goes to the reader."""
    if not isinstance(data, dict):
        reader.reject(("plugin",), TEXTS("plugin.form"))
        return {}
    found: dict[str, PluginTable] = {}
    names = {_plain(package): package for package in known}
    for name, table in data.items():
        package = names.get(_plain(name))
        if package is None:
            none = TEXTS("plugin.none")
            strange = unknown("plugin", name, known) if known else none
            reader.reject(("plugin", name), strange)
        elif left := known[package].left_out:
            text = TEXTS("plugin.unchecked", why=left_out(left))
            reader.unchecked.append((("plugin", name), text))
        elif known[package].wrong:
            broken = known[package].wrong
            wrong = TEXTS("plugin.broken", package=package, trouble=broken)
            reader.reject(("plugin", name), wrong)
        elif not isinstance(table, dict):
            reader.reject(("plugin", name), TEXTS("type.table", name=f"plugin.{name}"))
        else:
            found[package] = _table(reader, name, table, known[package].keys)
    return found


def _plain(name: str) -> str:
    """A distribution's dash is its package's underscore."""
    return name.replace("-", "_").lower()


def _table(
    reader: "Reader", name: str, table: Mapping[str, Any], keys: Mapping[str, Key]
) -> PluginTable:
    found: PluginTable = dict(defaults(keys))
    for given, value in table.items():
        path = ("plugin", name, given)
        key = keys.get(given)
        if key is None:
            strange = unknown("key", given, keys) if keys else TEXTS("plugin.no-keys")
            reader.reject(path, strange)
        elif key.type == "secret":
            secret: Secret | None = reader.secret(value, path)
            if secret is not None:
                found[given] = secret
        else:
            try:
                found[given] = taken(key, value)
            except ValueError:
                reader.reject(path, expected(key))
    for needed in keys.values():
        if needed.required and needed.name not in table:
            reader.reject(("plugin", name, needed.name), TEXTS("missing"))
    return found


def expected(key: Key) -> Pair:
    """What a key takes, and what it is."""
    about = Pair(key.zh, key.en)
    return TEXTS("plugin.expected", what=_kind(key), about=about)


def _kind(key: Key) -> Pair:
    if key.choices:
        return TEXTS("type.choice", allowed=", ".join(f'"{c}"' for c in key.choices))
    if key.type == "integer":
        return whole_number(key.least, key.most)
    return TEXTS(f"plugin.type.{key.type}")
