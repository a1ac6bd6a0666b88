"""A site as the text of a profile again. Secrets read `***`."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from posdiag.model.limits import Limits
from posdiag.model.site import Secret, Site
from posdiag.texts.clean import clean


def as_toml(site: Site) -> str:
    """Every key that is set or has a default, as TOML."""
    lines: list[str] = []
    for field in fields(site):
        value = getattr(site, field.name)
        if field.name == "connectivity":
            default = Limits(site.thresholds).texts("connectivity.urls")
            urls = default if value is None else value or False
            lines += ["[connectivity]", f"url = {_value(urls)}", ""]
        elif field.name == "thresholds":
            lines += ["[thresholds]"]
            lines += [*(f"{name} = {_value(value[name])}" for name in value), ""]
        elif field.name == "plugin":
            for name, table in value.items():
                lines += [f"[plugin.{name}]"]
                lines += [f"{key} = {_value(held)}" for key, held in table.items()]
                lines += [""]
        elif isinstance(value, tuple):
            for item in value:
                lines += [*_table(f"[[{field.name}]]", field.name, item), ""]
        else:
            lines += [*_table(f"[{field.name}]", field.name, value), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(header: str, name: str, table: Any) -> Iterator[str]:
    yield header
    inner: list[str] = []
    for field in fields(table):
        value = getattr(table, field.name)
        if is_dataclass(value):
            path = f"{name}.{field.name}"
            inner += ["", *_table(f"[{path}]", path, value)]
        elif value not in (None, (), {}):
            yield f"{field.name} = {_value(value)}"
    yield from inner


def _value(value: object) -> str:
    if isinstance(value, Secret):
        return _value(str(value))
    if isinstance(value, tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, dict):
        pairs = (f"{_value(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, str):
        # Control characters would move the reader's cursor.
        return json.dumps(clean(value, 4000), ensure_ascii=False)
    return json.dumps(value)


def limit_rows(site: Site) -> Iterator[str]:
    """Name, value, unit and source of every limit in force, in columns."""
    rows = Limits(site.thresholds).rows()
    shown = [
        (
            row.name,
            ",".join(row.value) if isinstance(row.value, tuple) else f"{row.value:g}",
            row.unit,
            row.source,
        )
        for row in rows
    ]
    name_width = max(len(name) for name, *_ in shown)
    for name, value, unit, source in shown:
        yield f"{name:<{name_width}}  {value:>6} {unit:<11}  {source}"
