"""The report on one screen: at most 24 lines of 80 columns, the verdict first.

What does not fit is left out whole, the least needed first, and never cut: -v has all.
The verdict, what it means, how to sell, two steps and whom to call always stay.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from posdiag.report import FORMATS, TEXTS
from posdiag.report.terminal import parts
from posdiag.report.terminal.canvas import Canvas
from posdiag.report.terminal.console import Line, printable_lang, printed
from posdiag.report.terminal.wrap import cells
from posdiag.texts.explain import Explained, ExplainedResult
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair

ROOM = 23 * 80  # cells: one of 24 lines is left to the prompt that follows
SELL = 2  # ways to go on selling that are named here
COUNTED = ("ok", "warn", "fail", "waiting", "unmeasured", "not-here")
TOGETHER = ("waiting", "unmeasured")  # states whose rows share a line
#: Notes that the first line or the verdict says, or that nobody has to act on.
SAID = ("demo", "no-acquirer", "metered", "deadline")

#: Measures that are no way to sell: what to mind first, whom to call.
NO_WAY = ("EMG-06", "SEC-30", "EMG-15")

INTERVAL = {"low", "high"}  # facts

#: What is left out first has the highest number; 0 is never left out.
NEVER, ROOT, ROWS, OTHERS, THIRD, PROOF, NOTES, DECIDE, FOURTH, BLANK, LATER = range(11)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stay or go together. `step`: they are a step. `shorter` takes their
    place where they go."""

    spare: int
    lines: Sequence[Line]
    step: bool = False
    shorter: "Block | None" = None


NOTHING = Block(NEVER, ())


def render(
    explained: Explained,
    lang: Lang,
    *,
    everything: str,
    width: int = 80,
    color: bool = False,
    encoding: str = "utf-8",
) -> str:
    """The screen as text that `encoding` can print. `everything` is the command that
    shows the whole report. Where the console cannot print Chinese it is in English."""
    page = Canvas(printable_lang(lang, encoding), width, encoding)
    most = ROOM // min(max(page.width + 1, 40), 80)
    blocks = _fitted(page, explained, everything, most, recheck=True)
    if sum(b.step for b in blocks) < min(_steps_of(explained), 3):
        blocks = _fitted(page, explained, everything, most, recheck=False)
    left = _steps_of(explained) - sum(b.step for b in blocks)
    lines = [line for block in blocks for line in block.lines]
    lines += _foot(page.more(), explained, everything, left)
    return printed(lines, encoding, page.width, color)


def _steps_of(explained: Explained) -> int:
    steps = explained.causes[0].steps if explained.causes else ()
    return sum(not step.gate for step in steps)


def _fitted(
    page: Canvas, explained: Explained, everything: str, most: int, *, recheck: bool
) -> list[Block]:
    """The blocks that fit, the foot aside."""
    whole = list(_blocks(page, explained, recheck))
    room = most - len(_foot(page.more(), explained, everything, 9))
    kept = whole.copy()
    while _length(kept) > room:
        last = max(range(len(kept)), key=lambda at: (kept[at].spare, at))
        if not kept[last].spare:
            break
        kept[last] = kept[last].shorter or NOTHING
    # A long block that went last may have left room for a short one that went before.
    for at in sorted(range(len(whole)), key=lambda at: whole[at].spare):
        again = [*kept[:at], whole[at], *kept[at + 1 :]]
        if not whole[at].step and _length(again) <= room:
            kept = again
    return kept


def _length(blocks: Sequence[Block]) -> int:
    return sum(len(block.lines) for block in blocks)


def _blocks(page: Canvas, explained: Explained, recheck: bool) -> Iterator[Block]:
    top = page.more()
    parts.verdict(top, explained)
    yield Block(NEVER, top.lines)
    for note in explained.notes:
        if note.id not in SAID:
            line = page.more()
            line.hanging("  ", note.text.of(page.lang), "dim")
            yield Block(NOTES, line.lines)
    if explained.causes:
        yield from _remedy(page, explained, recheck)
    elif explained.headline.kind == "unknown":
        yield from _open_ends(page, explained)
    if explained.verdict.value == "healthy":
        return
    yield Block(BLANK, [Line("")])
    yield Block(NEVER, _counts(page, explained))
    yield from _rows(page, explained)


def _remedy(page: Canvas, explained: Explained, recheck: bool) -> Iterator[Block]:
    first = explained.causes[0]
    if first.decide and first.unsure:
        yield Block(DECIDE, _labelled(page, FORMATS("label.decide"), first.decide))
    sell = _sell(page, explained)
    if sell:
        yield Block(BLANK, [Line("")])
        yield Block(NEVER, sell)
    yield Block(BLANK, [Line("")])
    fix = page.more()
    parts.heading(fix, explained)
    yield Block(NEVER, fix.lines)
    yield from _steps(page, explained, recheck)
    call = page.more()
    parts.call(call, first)
    yield Block(NEVER, call.lines)
    for cause in explained.causes[1:]:
        name = Pair(f"{cause.title.zh}（{cause.id}）", f"{cause.title.en} ({cause.id})")
        yield Block(OTHERS, _labelled(page, TEXTS("label.also"), name))


def _labelled(page: Canvas, label: Pair, text: Pair) -> list[Line]:
    lines = page.more()
    lines.labelled(label, text)
    return lines.lines


def _steps(page: Canvas, explained: Explained, recheck: bool) -> Iterator[Block]:
    """Each step with the gate that stands before it."""
    number = 0
    before: list[Line] = []
    for one in explained.causes[0].steps:
        lines = page.more()
        if one.gate:
            parts.step(lines, 0, one)
            before = lines.lines
            continue
        number += 1
        parts.step(lines, number, one, recheck=recheck)
        spare = {1: NEVER, 2: NEVER, 3: THIRD, 4: FOURTH}.get(number, LATER)
        yield Block(spare, [*before, *lines.lines], step=True)
        before = []


def _sell(page: Canvas, explained: Explained) -> list[Line]:
    """How to go on selling; nothing where the trouble is this computer's own."""
    ways = [a for a in explained.emergency if a.id not in NO_WAY]
    if not ways or explained.causes[0].machine:
        return []
    texts = Pair(
        "".join(way.text.zh for way in ways[:SELL]),
        " ".join(way.text.en for way in ways[:SELL]),
    )
    return _labelled(page, TEXTS("label.sell"), texts)


def _open_ends(page: Canvas, explained: Explained) -> Iterator[Block]:
    """What is missing to a verdict, and how to get it. The first is in the meaning."""
    for gap in explained.open_ends[1:]:
        what = TEXTS("phrase.open", what=gap.title, how=gap.how)
        yield Block(OTHERS, _labelled(page, TEXTS("label.open"), what))


def _counts(page: Canvas, explained: Explained) -> list[Line]:
    found = Counter(result.state for result in explained.results)
    texts = "  ".join(
        TEXTS("phrase.count", state=WORDS(f"state.{s}"), count=found[s]).of(page.lang)
        for s in COUNTED
        if found[s]
    )
    return _labelled(page, TEXTS("label.checks"), Pair.same(texts))


def _rows(page: Canvas, explained: Explained) -> Iterator[Block]:
    """What is not fine, a line each; what waits or was not measured shares a line."""
    roots = explained.causes[0].checks if explained.causes else ()
    bad = [r for r in explained.results if r.state in ("warn", "fail")]
    others = [(n, [r for r in explained.results if r.state == n]) for n in TOGETHER]
    shown = [r.state for r in bad] + [name for name, some in others if some]
    room = max((cells(parts.state(page, name)) for name in shown), default=0)
    proofs: set[Pair | None] = set()
    for result in bad:
        proof = None if result.proof in proofs else result.proof
        proofs.add(result.proof)
        yield _row(page, result, proof, result.check in roots, room)
    for name, some in others:
        if some and not page.narrow:
            yield Block(NOTES, _several(page.more(), name, some, room))


def _row(
    page: Canvas, result: ExplainedResult, proof: Pair | None, root: bool, room: int
) -> Block:
    """What was measured; where the page has no lines for it, what was found."""
    found = _told(page.more(), result, result.short, room)
    if root and (proof or page.narrow or len(found) > 1):
        found = _told(page.more(), result, None, room)  # the verdict has its title
    kept = Block(ROOT if root else ROWS, found)
    if not proof:
        return kept
    measured = _told(page.more(), result, proof, room)
    if len(measured) <= len(found):
        return replace(kept, lines=measured)
    # A statistical verdict is printed with the interval that it rests on.
    needed = root and result.facts.keys() >= INTERVAL
    return Block(ROWS if needed else PROOF, measured, shorter=kept)


def _told(
    page: Canvas, result: ExplainedResult, text: Pair | None, room: int
) -> list[Line]:
    """The state and the title of a check, and `text` beside it or under it."""
    word = parts.state(page, result.state, 0 if page.narrow else room)
    title, style = result.title.of(page.lang), parts.STYLES[result.state]
    told = text.of(page.lang) if text else ""
    if page.narrow or not told:
        page.add(f"  {word}  {title}", style, len(word) + 2)
        if told:
            page.hanging("    ", told)
    else:
        page.hanging(f"  {word}  ", f"{title}  {told}", style, len(word) + 2)
    return page.lines


def _several(
    page: Canvas, name: str, results: Sequence[ExplainedResult], state_room: int
) -> list[Line]:
    """As many titles as fit into one line; the count above has them all."""
    head = f"  {parts.state(page, name, state_room)}  "
    between = TEXTS("phrase.comma").of(page.lang)
    for count in range(len(results), 0, -1):
        shown = between.join(r.title.of(page.lang) for r in results[:count])
        if count < len(results):
            more = TEXTS("phrase.and-more", count=len(results) - count)
            shown += more.of(page.lang)
        if page.fits(shown, cells(head, wide=page.wide)):
            page.add(head + shown, "dim")
            break
    return page.lines


def _foot(page: Canvas, explained: Explained, everything: str, left: int) -> list[Line]:
    """The id of the cause, the diagnosis code, the time, and how to see all."""
    all_ = TEXTS("foot.more", count=left, command=everything)
    if left <= 0:
        all_ = TEXTS("foot.all", command=everything)
    took = TEXTS("foot.took", seconds=explained.seconds)
    code = parts.code(explained)
    texts = [*([code] if code else []), took, all_]
    names = [cause.id for cause in explained.causes[:1]]
    if explained.verdict.value == "healthy":
        texts = [took, all_]
    line = ""
    for part in [*names, *(t.of(page.lang) for t in texts)]:
        if line and not page.fits(f"{line}  {part}", 0):
            page.hanging("", line, "dim")
            line = ""
        line = f"{line}  {part}" if line else part
    page.hanging("", line, "dim")
    return page.lines
