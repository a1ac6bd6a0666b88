"""The commands, and what `-h` prints of them in the reader's language.

typer's own pages are English only, break words on narrow screens and, with groups,
import rich. The words stand in help.toml: `panel.*` heads a group, `examples.*` and
`foot.*` belong to one command.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from posdiag.commands import HELP, TEXTS
from posdiag.commands.shared.common import HELP_LANG, WRONG_USE, help_text, refuse
from posdiag.report.terminal.wrap import cells, pad
from posdiag.report.terminal.wrap import wrap as wrapped

Rows = list[tuple[str, str]]

NARROWEST = 24  # columns; below, the screen breaks lines by itself
WIDEST = 100  # longer lines are hard to read
SIDE_BY_SIDE = 60  # narrower screens get each explanation under its name
LONGEST_NAME = 30  # cells of the left column; longer names have a line of their own
OTHERS = "options"  # the group of what names none

#: Groups in the order of the page.
PANELS = (
    "diagnose", "terminal", "keep", "site", "evidence", "lab", "try", "test", "profile",
    "consent", "output", "advanced",
    OTHERS,
)  # fmt: skip


class Command(TyperCommand):
    """A command whose help is written by this module. An option that is given an empty
    text is wrong use: most often a shell's variable that is not set."""

    def invoke(self, ctx: Any) -> Any:
        for option in (p for p in self.params if p.param_type_name == "option"):
            given = ctx.params.get(option.name)
            if given != option.default and "" in (given, *_several(given)):
                refuse(TEXTS("wrong.needs-value", given=option.opts[0]).of(HELP_LANG))
        return super().invoke(ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(page(self, ctx, ()))


def _several(given: object) -> Sequence[object]:
    """The values of an option that may be repeated; none of another."""
    return given if isinstance(given, list | tuple) else ()


class Group(TyperGroup):
    """A group of commands whose help is written by this module. Those of `later` are
    imported when they are needed: a program start pays for its own command alone."""

    later: ClassVar[Mapping[str, "Later"]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return list(dict.fromkeys([*self.later, *super().list_commands(ctx)]))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in self.later and cmd_name not in self.commands:
            self.add_command(self.later[cmd_name].command())
        return super().get_command(ctx, cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        known = (self.get_command(ctx, name) for name in self.list_commands(ctx))
        formatter.write(page(self, ctx, [c for c in known if c and not c.hidden]))


@dataclass(frozen=True, slots=True)
class Later:
    """A command that is not imported yet. `source`: "module:function"; its help is
    the text `command.KEY` of help.toml; `panel` is one of PANELS."""

    name: str
    source: str
    key: str
    panel: str

    def command(self) -> Any:
        module, _, function = self.source.partition(":")
        only = typer.Typer(add_completion=False, rich_markup_mode=None)
        only.command(
            self.name,
            cls=Command,
            help=help_text(f"command.{self.key}"),
            rich_help_panel=self.panel,
        )(getattr(import_module(module), function))
        return typer.main.get_command(only)


class App(typer.Typer):
    """A group of commands in our manner: plain errors, help by this module. `name`:
    as in `posdiag NAME`, "" for the program itself."""

    def __init__(self, name: str = "", *, add_completion: bool = False) -> None:
        self.later: dict[str, Later] = {}
        super().__init__(
            help=help_text(f"command.{name or 'app'}"),
            cls=type("Group", (Group,), {"later": self.later}),
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
            add_completion=add_completion,
            context_settings={"help_option_names": ["-h", "--help"]},
        )
        self._prefix = f"{name}-" if name else ""
        self.callback(invoke_without_command=True)(help_if_bare)

    def add(self, name: str, source: str, panel: str) -> None:
        """A command. Its help is `command.NAME` of help.toml, or `command.GROUP-NAME`;
        `source`: "module:function" in `posdiag.commands`; `panel`: one of PANELS."""
        where, key = f"posdiag.commands.{source}", f"{self._prefix}{name}"
        self.later[name] = Later(name, where, key, panel)


def help_if_bare(context: typer.Context) -> None:
    """A group without a command is wrong use; its help is the answer."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(WRONG_USE)


def page(command: Any, ctx: Any, commands: Iterable[Any]) -> str:
    """The whole page of one command, ending with a line feed."""
    width = max(NARROWEST, min(shutil.get_terminal_size().columns, WIDEST)) - 1
    key = "-".join(ctx.command_path.split()[1:]) or "app"
    parts = [
        wrap(command.help or "", width),
        wrap(f"{_word('usage')}{_usage(command, ctx)}", width),
        *_groups(command, ctx, commands, width),
        *_examples(key),
        *_foot(key, width),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def wrap(text: str, width: int) -> list[str]:
    """Lines that end where a phrase does, if one ends near."""
    return wrapped(text, width, phrases=True)


def _word(key: str) -> str:
    return HELP(f"page.{key}").of(HELP_LANG)


def _usage(command: Any, ctx: Any) -> str:
    """`posdiag run [CHECK]... [OPTIONS]`."""
    parts = [ctx.command_path]
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            parts.append(_metavar(parameter, ctx))
    if isinstance(command, TyperGroup):
        parts.append(_word("command"))
    return " ".join([*parts, _word("options")])


def _metavar(parameter: Any, ctx: Any) -> str:
    name: str = parameter.metavar or parameter.name.upper()
    name = name if parameter.required or name.startswith("[") else f"[{name}]"
    return f"{name}..." if parameter.nargs == -1 else name


def _groups(
    command: Any, ctx: Any, commands: Iterable[Any], width: int
) -> Iterator[list[str]]:
    found: dict[str, Rows] = {}
    for sub in commands:
        found.setdefault(_panel(sub), []).append((sub.name, sub.help or ""))
    for parameter in command.get_params(ctx):
        row = _row(parameter, ctx)
        if row and not getattr(parameter, "hidden", False):
            found.setdefault(_panel(parameter), []).append(row)
    for panel in PANELS:
        if panel in found:
            yield [HELP(f"panel.{panel}").of(HELP_LANG), *_table(found[panel], width)]


def _panel(item: Any) -> str:
    panel = getattr(item, "rich_help_panel", None)
    return panel if panel in PANELS else OTHERS


def _row(parameter: Any, ctx: Any) -> tuple[str, str] | None:
    if parameter.param_type_name == "argument":
        text = parameter.help or ""
        return (_metavar(parameter, ctx), text) if text else None
    # A short form stands first, as in "-h, --help".
    names = ", ".join(sorted(parameter.opts, key=len))
    if not parameter.is_flag:
        names += f" {parameter.make_metavar(ctx)}"
    # typer words its own options in English.
    own = parameter.name in ("help", "install_completion", "show_completion")
    text = (
        HELP(f"option.{parameter.name}").of(HELP_LANG) if own else parameter.help or ""
    )
    if parameter.envvar:
        text += HELP("also.variable", name=parameter.envvar).of(HELP_LANG)
    return names, text


def _table(rows: Rows, width: int) -> Iterator[str]:
    if width < SIDE_BY_SIDE:
        for name, text in rows:
            yield f"  {name}"
            yield from (f"    {line}" for line in wrap(text, width - 4))
        return
    left = min(max(cells(name) for name, _ in rows), LONGEST_NAME)
    for name, text in rows:
        lines = wrap(text, width - left - 4)
        if cells(name) > left:
            yield f"  {name}"
            yield from (" " * (left + 4) + line for line in lines)
            continue
        yield f"  {pad(name, left)}  {lines[0]}"
        yield from (" " * (left + 4) + line for line in lines[1:])


def _examples(key: str) -> Iterator[list[str]]:
    """Lines are kept whole: a command that was broken could not be copied."""
    if f"examples.{key}" in HELP:
        lines = HELP(f"examples.{key}").of(HELP_LANG).strip().splitlines()
        yield [_word("examples"), *(f"  {line}" for line in lines)]


def _foot(key: str, width: int) -> Iterator[list[str]]:
    if f"foot.{key}" in HELP:
        lines = HELP(f"foot.{key}").of(HELP_LANG).strip().splitlines()
        yield [piece for line in lines for piece in wrap(line, width)]
