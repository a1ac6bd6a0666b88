"""Where the end of a walk goes: the screen, the transcript, the call sheet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posdiag.commands.shared.common import put
from posdiag.commands.shared.outputs import width, write_file

if TYPE_CHECKING:
    from posdiag.commands.guide.session import GuideOptions
    from posdiag.guide.knowledge import Knowledge
    from posdiag.texts.lang import Lang


def deliver(
    given: GuideOptions, known: Knowledge, transcript: dict[str, Any], *, left: bool
) -> None:
    """Keep, print and write the transcript. A walk that was `left` is not archived, and
    shows no end on the screen."""
    from posdiag.commands.guide import kept

    if not left:
        kept.archive(transcript)
    for destination in given.outputs:
        if destination.format == "json":
            text = json.dumps(transcript, ensure_ascii=False, indent=2) + "\n"
            _write(destination.path, text, given.lang)
        elif destination.on_screen and not left:
            from posdiag.commands.guide.page import page

            scripted = given.answers is not None
            end = page(known, transcript, given.lang, width(), steps=scripted)
            put(end + "\n")
    if given.sheet is not None and transcript["report"]:
        _write_sheet(given.sheet, known, transcript, given.lang)


def _write_sheet(
    file: str, known: Knowledge, transcript: dict[str, Any], lang: Lang
) -> None:
    from posdiag.commands.guide.sheet import html, receipt, rows_of

    rows = rows_of(known, transcript, lang)
    text = html(rows, lang) if file.lower().endswith(".html") else receipt(rows)
    _write(None if file == "-" else Path(file), text, lang)


def _write(path: Path | None, text: str, lang: Lang) -> None:
    content = text.encode("utf-8", "backslashreplace")
    if path is None:
        put(content)
    else:
        write_file(path, content, lang)
