"""`posdiag bundle`: report, walk and call sheet in one file to hand on."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from posdiag.commands.guide import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import language, reason, refuse
from posdiag.commands.shared.outputs import writable, write_file
from posdiag.texts.clean import clean
from posdiag.texts.lang import Lang

LARGEST = 5_000_000  # bytes of a report
REPORT, GUIDE = "posdiag.report/1", "posdiag.guide/1"
#: When the files of a bundle were made says nothing: 1980 is the zero of zip.
NO_TIME = (1980, 1, 1, 0, 0, 0)
WIDEST = 150  # characters of a value in the preview


def bundle(
    output: Annotated[
        str, options.option("bundle-output", "output", "--output", metavar="FILE.zip")
    ],
    from_: Annotated[
        str | None, options.option("from", None, "--from", metavar="REPORT")
    ] = None,
    yes: Annotated[bool, options.flag("yes")] = False,
    lang: options.Language = None,
) -> None:
    chosen = language(lang)
    if not output.lower().endswith(".zip"):
        refuse(TEXTS("bundle.zip").of(chosen))
    writable(output, "--output", chosen)
    files = contents(_source(from_, chosen), chosen)
    typer.echo(TEXTS("bundle.preview").of(chosen), err=True)
    for line in preview(files):
        typer.echo(line, err=True)
    if not yes:
        typer.echo(TEXTS("bundle.ask", file=clean(output)).of(chosen), err=True)
        if _read_answer() not in ("y", "yes"):
            typer.echo(TEXTS("bundle.not-written").of(chosen), err=True)
            raise typer.Exit(1)
    write_file(Path(output).absolute(), zip_of(files), chosen, "--output ")


def _read_answer() -> str:
    """What is typed, or comes through a pipe; "" where nobody answers."""
    try:
        return sys.stdin.readline().strip().lower() if sys.stdin is not None else ""
    except (OSError, ValueError):  # closed, or nothing that is text
        return ""


def _source(path: str | None, lang: Lang) -> dict[str, Any]:
    """The transcript to bundle; a report alone becomes one without a walk."""
    from posdiag.commands.guide import kept
    from posdiag.commands.guide.sheet import transcript_of_report
    from posdiag.history import store
    from posdiag.system.core.files import read_regular

    if path is None:
        newest = [kept.last_transcript()] if kept.last_transcript().is_file() else []
        newest += [store.folder() / f"{id}.json" for id in store.ids()[:1]]
        if not newest:
            refuse(TEXTS("bundle.nothing").of(lang))
        path = str(max(newest, key=lambda p: p.stat().st_mtime if p.is_file() else 0))
    try:
        found = json.loads(read_regular(path, LARGEST))
        schema = found["schema"]
    except OSError as trouble:
        refuse(_problem(path, reason(trouble, lang)).of(lang))
    except (ValueError, KeyError, TypeError, RecursionError):
        refuse(_problem(path, TEXTS("bundle.no-report").of(lang)).of(lang))
    if schema == GUIDE:
        return dict(found)
    if schema == REPORT:
        return transcript_of_report(found)
    refuse(_problem(path, TEXTS("bundle.no-report").of(lang)).of(lang))


def _problem(path: str, problem: str) -> Any:
    return TEXTS("bundle.from", file=clean(path), problem=problem)


def contents(
    transcript: dict[str, Any], lang: Lang, key: bytes | None = None
) -> dict[str, str]:
    """The files of the bundle by name, with tokens in place of identifiers."""
    from posdiag.commands.guide.sheet import LANGS, Row, receipt, rows_of
    from posdiag.engine.registry import core
    from posdiag.guide.load import knowledge
    from posdiag.guide.papers.tokens import Tokens
    from posdiag.guide.seen import with_catalogue
    from posdiag.texts.catalogue import Catalogue

    catalogue = Catalogue(core())
    known = with_catalogue(knowledge(), catalogue)
    tokens = Tokens(known_ids(transcript, known.facts, known.actions), key)
    safe = tokens.replaced(transcript)
    report = safe.pop("report", {})
    files = {"README.txt": "\n".join(TEXTS("bundle.readme").of(x) for x in LANGS)}
    files["report.json"] = _json(report)
    if safe.get("schema") == GUIDE:
        files["guide.json"] = _json(safe)
    rows = rows_of(known, {**safe, "report": report}, lang)
    # Before the paper breaks its lines, and with them a name.
    safe_rows = [Row(row.label, tuple(map(tokens.text, row.texts))) for row in rows]
    files["call-sheet.txt"] = receipt(safe_rows)
    return files


def known_ids(transcript: dict[str, Any], *tables: Any) -> set[str]:
    """Ids that have the form of a host name: of checks, causes, facts and actions."""
    report = transcript.get("report", {})
    ids = {id for table in tables for id in table}
    ids |= {f"helped.{id}" for id in ids}
    for check in report.get("checks", ()):
        ids |= {check.get("id"), check.get("code"), check.get("blamed_on")}
    for cause in report.get("causes", ()):
        ids |= {cause.get("id"), *cause.get("checks", ())}
        rivals = (
            *cause.get("rivals", ()),
            *cause.get("evidence", {}).get("explains", ()),
        )
        ids |= {rival.get("id") for rival in rivals}
    ids |= set(report.get("unproven", ()))
    for step in transcript.get("steps", ()):
        ids |= {*step.get("checks", ()), *step.get("found", ())}
    ending = transcript.get("conclusion", {})
    ids |= {
        ending.get("cause"),
        *ending.get("also", ()),
        "posdiag.report",
        "posdiag.guide",
    }
    return {str(id).lower() for id in ids if id}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def preview(files: dict[str, str]) -> Iterator[str]:
    """Every field that will be in the bundle, a line each."""
    for name, content in files.items():
        if name.endswith(".json"):
            for key, value in fields(json.loads(content)):
                shown = clean(str(value), WIDEST)
                yield f"{name}  {key} = {shown}"
        else:
            yield from (f"{name}  {line}" for line in content.splitlines())


def fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value with its path."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from fields(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for at, inner in enumerate(value):
            yield from fields(inner, f"{path}[{at}]")
    else:
        yield path, value


def zip_of(files: dict[str, str]) -> bytes:
    """The zip, with no time and no name of a user in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, NO_TIME), content.encode())
    return out.getvalue()
