"""Is the card reader of this machine there? Nothing is read from a card."""

from posdiag.model import Context, Finding, check, fail, known, ok, skip
from posdiag.model.questions.devices import AskReaders, CardReaders


@check("peripheral.reader", order=20)
async def peripheral_reader(ctx: Context) -> Finding:
    name = ctx.site.reader.name
    if not name:
        return skip("skip.not-configured")
    return judge(known(await ctx.system.ask(AskReaders())), name)


def judge(found: CardReaders, name: str) -> Finding:
    """A reader's name in the profile may be a part of the system's, which ends in
    numbers of its own ("00 00")."""
    if not found.running:
        return fail("reader.not-found", variant="service", reader=name, confidence=0.9)
    same = [r for r in found.readers if name.casefold() in r.name.casefold()]
    if not same:
        present = tuple(r.name for r in found.readers)
        variant = "other" if present else "none"
        return fail("reader.not-found", variant=variant, reader=name, present=present)
    # Of a reader's two slots, the one with a card.
    reader = max(same, key=lambda r: r.card in ("answers", "mute"))
    return ok(variant=reader.card, reader=reader.name, atr=reader.atr)
