"""Whom does this shop call, and by which number?

Numbers of the profile come first; where it has none, the providers' national hotlines
or where the number stands. A technician without a number in the profile is reached
through the terminal service, which every shop can call.
"""

from posdiag.model.site import Site, Support
from posdiag.texts.catalogue import CauseText
from posdiag.texts.clean import clean
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair

SERVICE = "terminal-service"


def contact(party: str, site: Site) -> str:
    """The telephone number of that party in the profile; "" if it has none."""
    return clean(site.support.numbers.get(party, ""), 80)


def call(text: CauseText, support: Support) -> Pair:
    """Whom to call about a cause, and how to reach them."""
    if text.machine:
        return WORDS("call.computer")
    if text.who == "merchant":
        return WORDS("called_then", who=_called(text.then, support.numbers))
    return _called(text.who, support.numbers)


def _called(party: str, numbers: dict[str, str]) -> Pair:
    if party in numbers:
        return WORDS("called", who=WORDS(f"who.{party}"), number=numbers[party])
    if party == "technician" and SERVICE in numbers:
        return WORDS("called_or_service", number=numbers[SERVICE])
    return WORDS(f"call.{party}")
