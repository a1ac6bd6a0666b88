"""From which profile or option does the site come?"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from posdiag.commands import TEXTS
from posdiag.commands.shared.common import refuse

if TYPE_CHECKING:
    from posdiag.model.site import Site
    from posdiag.texts.lang import Lang


def site_of(profile: str | None, acquirer: str | None, lang: Lang) -> Site:
    """The profile's site; the acquirer option overrides that of the profile."""
    from posdiag.model.site import Acquirer, Site

    site = read(profile, lang, ask=True) if profile else Site()
    if acquirer is None:
        return site
    from posdiag.profile.values import host_port

    try:
        host, port = host_port(acquirer.strip(), Acquirer().port)
    except ValueError:
        refuse(TEXTS("wrong.acquirer").of(lang))
    return replace(site, acquirer=Acquirer(host=host, port=port))


def read(profile: str, lang: Lang, *, ask: bool = False) -> Site:
    """The profile, or a refusal that lists everything wrong with it. With `ask` it
    prompts for secrets, at a terminal only."""
    from posdiag.profile.load import BadProfile, load

    try:
        return load(profile, prompt if ask else None)
    except BadProfile as bad:
        refuse(*bad.show(lang), prefix="")


def prompt(key: str) -> str | None:
    """The secret as typed, without echo; None without a terminal to type it at."""
    from getpass import getpass

    if sys.stdin is None or not sys.stdin.isatty():
        return None
    try:
        with _interruptible():
            return getpass(f"{key}: ", sys.stderr)
    except EOFError:
        return None


@contextmanager
def _interruptible() -> Iterator[None]:
    """Whoever waits for an answer is ended by a signal at once, and leaves the terminal
    as it was (its echo is off meanwhile)."""

    def leave(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    former = {number: signal.signal(number, leave) for number in numbers}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
