"""`posdiag profile`: make, print and validate a site profile."""

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posdiag.commands import TEXTS
from posdiag.commands.shared import options
from posdiag.commands.shared.common import help_text, language, reason, refuse, write
from posdiag.commands.shared.exit_codes import UNKNOWN
from posdiag.commands.shared.outputs import writable
from posdiag.commands.shared.sites import checked, read
from posdiag.texts.lang import Lang

if TYPE_CHECKING:
    from posdiag.model.site import Wifi

TEMPLATE = "template.toml"

File = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE",
        envvar="POSDIAG_PROFILE",
        show_envvar=False,
        help=help_text("option.profile"),
    ),
]


def init(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help=help_text("option.init-file"))
    ] = None,
    force: Annotated[bool, options.flag("force")] = False,
    lang: options.Language = None,
) -> None:
    chosen = language(lang)
    text = (files("posdiag.profile") / TEMPLATE).read_text("utf-8")
    if file is None or file == "-":
        write(text)
        return
    writable(file, "profile init", chosen)
    _create(Path(file), text, force, chosen)
    write(TEXTS("output.written", file=file).of(chosen))


def _create(path: Path, text: str, force: bool, lang: Lang) -> None:
    """Write it with mode 600: the user may put a passphrase into it."""
    new = os.O_TRUNC if force else os.O_EXCL
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | new, 0o600)
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        refuse(TEXTS("profile.exists", file=str(path)).of(lang))
    except OSError as trouble:
        refuse(f"{path}: {reason(trouble, lang)}")


def show(
    file: File = None,
    defaults: Annotated[bool, options.flag("defaults")] = False,
    lang: options.Language = None,
) -> None:
    from posdiag.model.site import Site
    from posdiag.profile.dump import as_toml, limit_rows

    chosen = language(lang)
    site = read(file, chosen) if file else Site()
    if not defaults:
        write(as_toml(site))
        return
    legend = TEXTS("profile.sources").of(chosen)
    write("\n".join([*limit_rows(site), "", legend]))


def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=help_text("option.profile"))
    ],
    lang: options.Language = None,
) -> None:
    chosen = language(lang)
    site, whole = checked(file, chosen)
    if not whole:
        raise typer.Exit(UNKNOWN)
    host = site.acquirer.host
    at = f"{host}:{site.acquirer.port}" if host else TEXTS("profile.none")
    name = site.site.name or TEXTS("profile.none")
    write(TEXTS("profile.good", file=file, name=name, acquirer=at).of(chosen))
    if _impossible(site.wifi):
        # Still a profile: `wifi.credentials` tells what is wrong with it on site.
        typer.echo(TEXTS("profile.passphrase", file=file).of(chosen), err=True)


def _impossible(wifi: "Wifi") -> bool:
    """Can no WPA2 network have this passphrase?"""
    from posdiag.formats.dot11.passphrase import flaws

    if wifi.passphrase is None or wifi.security in ("wpa3", "open"):
        return False
    return any(flaw.fatal for flaw in flaws(wifi.passphrase))
