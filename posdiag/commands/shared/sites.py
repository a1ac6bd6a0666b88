"""From which profile or option does the site come?"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import typer

from posdiag.commands import TEXTS
from posdiag.commands.shared.common import refuse

if TYPE_CHECKING:
    from posdiag.model.site import Site
    from posdiag.profile.load import BadProfile, Problem
    from posdiag.texts.lang import Lang


def site_of(profile: str | None, acquirer: str | None, lang: Lang) -> Site:
    """The profile's site; the acquirer option overrides that of the profile."""
    from posdiag.model.site import Acquirer, Site

    if profile == "":
        refuse(f"--profile: {TEXTS('output.no-name').of(lang)}")
    site = read(profile, lang, ask=True, option="--profile ") if profile else Site()
    if acquirer is None:
        return site
    from posdiag.profile.values import host_port

    try:
        host, port = host_port(acquirer.strip(), Acquirer().port)
    except ValueError:
        refuse(TEXTS("wrong.acquirer").of(lang))
    return replace(site, acquirer=Acquirer(host=host, port=port))


def read(profile: str, lang: Lang, *, ask: bool = False, option: str = "") -> Site:
    """The profile, or a refusal that lists everything wrong with it. With `ask` it
    prompts for secrets, at a terminal only. What could not be checked is on stderr.
    `option` is the one that named the file."""
    return checked(profile, lang, ask=ask, option=option)[0]


def checked(
    profile: str, lang: Lang, *, ask: bool = False, option: str = ""
) -> tuple[Site, bool]:
    """As `read`, and whether all of it could be checked."""
    from posdiag.profile.load import BadProfile, load

    unchecked: list[Problem] = []
    try:
        site = load(profile, prompt if ask else None, unchecked.append)
    except BadProfile as bad:
        refuse_file(bad, lang, option)
    for problem in unchecked:
        typer.echo(problem.show(profile, lang), err=True)
    return site, not unchecked


def refuse_file(bad: BadProfile, lang: Lang, option: str = "") -> NoReturn:
    """Everything wrong with a file: FILE:LINE first where a line of it is to blame."""
    lines = bad.show(lang)
    if bad.as_a_whole:
        refuse(*(option + line for line in lines))
    refuse(*lines, prefix="")


def prompt(key: str) -> str | None:
    """The secret as typed, without echo; None without a terminal to type it at."""
    from getpass import getpass

    from posdiag.system.process.signals import Stop

    if sys.stdin is None or not sys.stdin.isatty():
        return None
    try:
        with Stop(asked=True):  # an end at once gives the terminal its echo back
            return getpass(f"{key}: ", sys.stderr)
    except EOFError:
        return None
