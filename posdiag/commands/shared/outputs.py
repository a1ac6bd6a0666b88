"""Where does each report go, and in which format?"""

import errno
import os
import shutil
import sys
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import typer

from posdiag.commands import TEXTS
from posdiag.commands.shared.common import put, reason, refuse, refuse_unknown
from posdiag.commands.shared.rerun import full_report_command, rerun_command
from posdiag.report import formats as forms
from posdiag.texts.clean import clean
from posdiag.texts.lang import Lang

if TYPE_CHECKING:
    from posdiag.model import Report
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.commissioning import Handover
    from posdiag.texts.explain import Explained

WIDTH = 80  # cells, where no terminal says otherwise
WIDEST = 100  # longer lines are hard to read


@dataclass(frozen=True, slots=True)
class Destination:
    """One report. `path` None: stdout. `alone`: nothing else may go to stdout.
    `columns` is the paper of a receipt."""

    format: str
    path: Path | None
    alone: bool = False
    columns: int = forms.COLUMNS[0]

    @property
    def on_screen(self) -> bool:
        return self.path is None and self.format == "terminal"

    @property
    def streams(self) -> bool:
        """Is it written while the run lasts, and not at its end?"""
        return self.path is None and self.format == "ndjson"

    @property
    def own_screen(self) -> bool:
        """Does it go to the screen of the person who asked, and nowhere else?"""
        return self.on_screen and sys.stdout.isatty()


@dataclass(frozen=True, slots=True)
class View:
    """How the report is shown on the screen of the person who asked: `report` with what
    no file may hold, `verbose` in full, `everything` the command that shows it in full.
    """

    report: "Explained"
    everything: str
    verbose: bool = False


def destinations(
    formats: Sequence[str],
    outputs: Sequence[str],
    lang: Lang,
    columns: int | None = None,
    known: Sequence[str] = forms.NAMES,
) -> tuple[Destination, ...]:
    """Formats and outputs in pairs; refuses what cannot be written."""
    chosen = tuple(formats) or ("terminal",)
    for format in chosen:
        if format not in known:
            names = ", ".join(known)
            wrong = TEXTS("wrong.one-of", given=clean(format, 60), known=names)
            refuse(wrong.of(lang))
    if columns is not None and columns not in forms.COLUMNS:
        refuse_unknown(str(columns), map(str, forms.COLUMNS), lang)
    if len(outputs) > len(chosen):
        refuse(TEXTS("output.unpaired").of(lang))
    paths = [_path(output, lang) for output in outputs]
    paths += [None] * (len(chosen) - len(paths))
    if paths.count(None) > 1:
        refuse(TEXTS("output.one-stdout").of(lang))
    files = [path for path in paths if path is not None]
    if len(set(files)) < len(files):
        refuse(TEXTS("output.same-file").of(lang))
    pairs = zip(chosen, paths, strict=True)
    alone = "-" in outputs
    paper = columns or forms.COLUMNS[0]
    return tuple(Destination(format, path, alone, paper) for format, path in pairs)


def refuse_reused(
    written: Mapping[str, str | Path | None], read: Mapping[str, str | None], lang: Lang
) -> None:
    """Refuse a file that would be written twice, or over one that is read. Both map
    options to files."""
    from posdiag.system.core.files import same_file

    writing = [(option, path) for option, path in written.items() if path is not None]
    reading = [(option, path) for option, path in read.items() if path is not None]
    for at, (option, path) in enumerate(writing):
        for other, used in (*reading, *writing[:at]):
            if same_file(path, used):
                wrong = TEXTS(
                    "output.used", file=clean(str(path)), one=option, other=other
                )
                refuse(wrong.of(lang))


def _path(output: str, lang: Lang) -> Path | None:
    if output == "-":
        return None
    writable(output, "--output", lang)
    return Path(output).absolute()


def writable(output: str, option: str, lang: Lang) -> None:
    """Refuse a file that cannot be written, as far as can be known beforehand."""
    from posdiag.system.core.files import is_writable_kind

    path = Path(output)
    folder = path.absolute().parent
    reason = None
    try:
        if not output or "\x00" in output:
            reason = TEXTS("output.no-name")
        elif path.is_dir():
            reason = TEXTS("output.folder")
        elif not is_writable_kind(path):
            reason = TEXTS("output.not-regular")
        elif not folder.is_dir():
            reason = TEXTS("output.no-folder")
        elif not _may_write(path):
            reason = TEXTS("output.no-permission")
    except OSError as trouble:  # a folder on the way may not be entered
        long = trouble.errno == errno.ENAMETOOLONG
        reason = TEXTS("output.too-long") if long else TEXTS("output.no-permission")
    if reason:
        refuse(f"{option} {clean(output)}: {reason.of(lang)}")


def _may_write(path: Path) -> bool:
    from posdiag.system.core.files import accepts_files

    if path.exists() and not os.access(path, os.W_OK):
        return False
    # A device is written to as it is, a file is replaced.
    return path.is_char_device() or accepts_files(path.absolute().parent)


def writable_folder(name: str, option: str, lang: Lang) -> None:
    """Refuse a folder that cannot be made or written to."""
    from posdiag.system.core.files import accepts_files

    reason = None
    try:
        Path(name).mkdir(parents=True, exist_ok=True)
        if not accepts_files(Path(name)):
            reason = TEXTS("output.no-permission")
    except (FileExistsError, NotADirectoryError):
        reason = TEXTS("output.not-folder")
    except (OSError, ValueError):
        reason = TEXTS("output.no-permission")
    if reason:
        refuse(f"{option} {clean(name)}: {reason.of(lang)}")


class Sent(Protocol):
    """The lines of `ndjson` that are on stdout already, by check."""

    @property
    def sent(self) -> Container[str]: ...


def explain_for_outputs(
    report: "Report", catalogue: "Catalogue", command: str, verbose: bool
) -> tuple["Explained", View]:
    """The report of `posdiag COMMAND` for files and for the user's own screen."""
    from posdiag.texts.explain import explain

    arguments = sys.argv[1:]
    same = rerun_command(arguments, command)
    own = explain(report, catalogue, again=same, own_screen=True)
    view = View(own, full_report_command(arguments, command), verbose)
    return explain(report, catalogue, again=same), view


def deliver(
    explained: "Explained",
    outputs: Sequence[Destination],
    lang: Lang,
    *,
    no_color: bool,
    lines: Sent | None = None,
    view: View | None = None,
) -> None:
    """Print and write all reports; failed writes are refused after the rest. Without a
    `view` the screen shows what a file would hold."""
    from posdiag.system.core.files import replace_file

    sent = lines.sent if lines else ()
    failed: list[str] = []
    for destination in sorted(outputs, key=lambda p: p.path is not None):
        if destination.on_screen:
            put(render(explained, destination, lang, no_color=no_color, view=view))
            continue
        if destination.streams:
            from posdiag.report import ndjson

            put(ndjson.render(explained, sent=sent).encode())
            continue
        text = render(explained, destination, lang, no_color=True)
        if destination.path is None:
            put(_for_stdout(text, destination.format))
            continue
        try:
            replace_file(destination.path, text.encode())
        except OSError as trouble:
            failed.append(f"--output {destination.path}: {reason(trouble, lang)}")
        else:
            done = TEXTS("output.written", file=str(destination.path))
            typer.echo(done.of(lang), err=True)
    if failed:
        refuse(*failed)


def write_file(path: Path, content: bytes, lang: Lang, option: str = "") -> None:
    """Replace the file as a whole and say so; refuse where it cannot be written."""
    from posdiag.system.core.files import replace_file

    try:
        replace_file(path, content)
    except OSError as trouble:
        refuse(f"{option}{path}: {reason(trouble, lang)}")
    typer.echo(TEXTS("output.written", file=str(path)).of(lang), err=True)


def _for_stdout(text: str, format: str) -> str | bytes:
    """UTF-8 for programs, files and pipes; what people read, on a console in another
    encoding, as that console can print it."""
    if format not in forms.FOR_PEOPLE or not sys.stdout.isatty():
        return text.encode()
    from posdiag.report.terminal.console import printable

    return printable(text, sys.stdout.encoding or "ascii")


def render(
    explained: "Explained",
    destination: Destination,
    lang: Lang,
    *,
    no_color: bool,
    view: View | None = None,
) -> str:
    """The report in its format, ending with a line feed."""
    if destination.format != "terminal":
        return forms.render(destination.format, explained, lang, destination.columns)
    from posdiag.report.terminal import page, screen

    to_screen = destination.path is None
    columns = width() if to_screen else WIDTH
    encoding = (sys.stdout.encoding or "ascii") if to_screen else "utf-8"
    color = to_screen and wants_color(no_color)
    own = view if view and destination.own_screen else None
    if own and not own.verbose:
        text = screen.render(
            own.report,
            lang,
            everything=own.everything,
            width=columns,
            color=color,
            encoding=encoding,
        )
    else:
        shown = own.report if own else explained
        text = page.render(shown, lang, width=columns, color=color, encoding=encoding)
    if explained.handover:
        signed = _handover(explained.handover, lang, encoding, columns)
        text = f"{text.rstrip()}\n\n{signed}"
    return text if text.endswith("\n") else text + "\n"


def _handover(page: "Handover", lang: Lang, encoding: str, columns: int) -> str:
    from posdiag.report.handover import as_text
    from posdiag.report.terminal.console import printable, printable_lang

    text = as_text(page, printable_lang(lang, encoding), columns - 1)
    return printable(text, encoding)


def width() -> int:
    return min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDEST)


def wants_color(no_color: bool) -> bool:
    """Colour only for a screen that wants it (https://no-color.org)."""
    refused = no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not refused and sys.stdout.isatty()
