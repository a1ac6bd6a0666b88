"""`posdiag history`: the kept reports, newest first."""

from collections.abc import Sequence

from posdiag.history.reading import Past
from posdiag.report.json import dumped
from posdiag.report.past import TEXTS
from posdiag.report.terminal.wrap import cells, cut, pad, wrap
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS

SCHEMA = "posdiag.history/1"

#: A kept report by its id; None: the file cannot be read as one.
Kept = tuple[str, Past | None]


def as_json(kept: Sequence[Kept], folder: str) -> str:
    rows = [
        {"id": id, "readable": False}
        if past is None
        else {
            "id": id,
            "readable": True,
            "started_at": past.started_at,
            "duration_s": past.seconds,
            "verdict": past.verdict,
            "causes": [cause.id for cause in past.causes],
            "site": past.site,
        }
        for id, past in kept
    ]
    return dumped({"schema": SCHEMA, "folder": folder, "reports": rows})


def as_text(
    kept: Sequence[Kept], folder: str, count: int, lang: Lang, width: int
) -> str:
    """`count` are all that there are; `kept` may be fewer."""
    if not kept:
        return TEXTS("history.none").of(lang) + "\n"
    lines = [line for id, past in kept for line in _lines(id, past, lang, width)]
    foot = TEXTS("history.foot", count=count, folder=folder).of(lang)
    return "\n".join([*lines, "", *wrap(foot, width)]) + "\n"


def _lines(id: str, past: Past | None, lang: Lang, width: int) -> list[str]:
    """One line, in which only the shop's name may be cut; else as many as it takes."""
    if past is None:
        return [f"{id}  {TEXTS('history.unreadable').of(lang)}"]
    verdict = pad(WORDS(f"verdict_word.{past.verdict}").of(lang), 9)
    when = past.started_at[:16].replace("T", " ")
    causes = " ".join(cause.id for cause in past.causes)
    head = f"{id}  {when}  {verdict} {causes}".rstrip()
    if cells(head) <= width:
        return [cut(f"{head}  {past.site}".rstrip(), width)]
    first, *rest = wrap(head, width - 2)
    return [first, *(f"  {line}" for line in rest)]
