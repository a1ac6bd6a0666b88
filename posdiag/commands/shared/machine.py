"""Which machine is measured: this one, perhaps with a recording, or a recorded one?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from posdiag.commands import TEXTS
from posdiag.commands.shared.common import reason, refuse, refuse_unknown
from posdiag.texts.clean import clean

if TYPE_CHECKING:
    from posdiag.model.questions.base import System
    from posdiag.texts.lang import Lang

SYSTEMS = ("linux", "portable")


def system_name(name: str | None, replay: str | None, lang: Lang) -> str | None:
    """The value of `--system`, refused where it is wrong or a recording is replayed."""
    if name is not None and name not in SYSTEMS:
        refuse_unknown(name, SYSTEMS, lang)
    if name is not None and replay is not None:
        refuse(TEXTS("wrong.both", one="--system", other="--replay").of(lang))
    return name


def machine(
    name: str | None, record: str | None, replay: str | None, lang: Lang
) -> tuple[System, Callable[[], None]]:
    """The machine to measure, and what saves the recording after the run. `record` and
    `replay` are files."""
    if replay is not None:
        return _replayed(replay, lang), lambda: None
    from posdiag.system.choose import choose

    try:
        system = choose(name)
    except ValueError as trouble:
        refuse(str(trouble))
    return (system, lambda: None) if record is None else _recorded(system, record)


def _recorded(system: System, path: str) -> tuple[System, Callable[[], None]]:
    from posdiag.system.core.record import Recorder

    recorder = Recorder(system)

    def save() -> None:
        try:
            recorder.save(path)
        except OSError as trouble:
            refuse(f"--record {path}: {reason(trouble)}")

    return recorder, save


def _replayed(path: str, lang: Lang) -> System:
    from posdiag.system.core.replay import Replay

    try:
        return Replay.load(path)
    except OSError as trouble:
        refuse(f"--replay {clean(path)}: {reason(trouble)}")
    except ValueError as trouble:
        wrong = TEXTS("wrong.replay", file=clean(path), trouble=clean(str(trouble)))
        refuse(wrong.of(lang))
