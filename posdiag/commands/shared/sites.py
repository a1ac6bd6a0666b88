"""From which profile or option does the site come?"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from posdiag.commands.shared.common import pick, refuse

if TYPE_CHECKING:
    from posdiag.model.site import Site
    from posdiag.texts.lang import Lang


def site_of(profile: str | None, acquirer: str | None, lang: Lang) -> Site:
    """The profile's site. An acquirer option stands in place of the profile's."""
    from posdiag.model.site import Acquirer, Site

    site = read(profile, lang, ask=True) if profile else Site()
    if acquirer is None:
        return site
    from posdiag.profile.values import host_port

    try:
        host, port = host_port(acquirer.strip(), Acquirer().port)
    except ValueError:
        refuse(
            pick(
                "--acquirer 应为 主机 或 主机:端口（端口 1 至 65535，"
                "IPv6 地址放在方括号里）",
                "--acquirer: expected HOST or HOST:PORT "
                "(port 1 to 65535, an IPv6 address in brackets)",
                lang,
            )
        )
    return replace(site, acquirer=Acquirer(host=host, port=port))


def read(profile: str, lang: Lang, *, ask: bool = False) -> Site:
    """The profile; refused with all that is wrong with it. Asks only at a terminal."""
    from posdiag.profile.load import BadProfile, load

    try:
        return load(profile, prompt if ask else None)
    except BadProfile as bad:
        refuse(*bad.show(lang), prefix="")


def prompt(key: str) -> str | None:
    """The secret as typed, unseen; None where nobody is there to type it."""
    from getpass import getpass

    if sys.stdin is None or not sys.stdin.isatty():
        return None
    try:
        return getpass(f"{key}: ", sys.stderr)
    except EOFError:
        return None
