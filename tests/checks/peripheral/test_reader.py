"""Is the card reader of this machine there?"""

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskReaders, CardReader, CardReaders
from posdiag.model.site import Reader
from posdiag_checks.peripheral.reader import peripheral_reader
from tests.checks import machine as m
from tests.checks.running import FAIL, OK, SKIP, Case, of

row = of(peripheral_reader)
AT = m.site(reader=Reader(name="acs acr39u"))
NAME = "ACS ACR39U ICC Reader 00 00"


def has(*readers: CardReader) -> dict[type, CardReaders]:
    return {AskReaders: CardReaders(readers)}


CASES = [
    row(name="none in the profile", status=SKIP, code="skip.not-configured"),
    *(
        row(
            name=f"there, card {card}",
            status=OK,
            variant=card,
            site=AT,
            change=has(CardReader(NAME, card)),
            facts={"reader": NAME},
        )
        for card in ("none", "answers", "mute", "untold")
    ),
    row(
        name="of two slots the one with a card",
        status=OK,
        variant="answers",
        site=AT,
        change=has(
            CardReader(NAME, "none"), CardReader(NAME[:-1] + "1", "answers", "3b00")
        ),
        facts={"atr": "3b00"},
    ),
    row(
        name="no reader at all",
        status=FAIL,
        code="reader.not-found",
        variant="none",
        site=AT,
        change=has(),
    ),
    row(
        name="another reader",
        status=FAIL,
        code="reader.not-found",
        variant="other",
        site=AT,
        change=has(CardReader("Virtual PCD 00 00", "none")),
        facts={"present": ("Virtual PCD 00 00",)},
    ),
    row(
        name="the service is off",
        status=FAIL,
        code="reader.not-found",
        variant="service",
        site=AT,
        change={AskReaders: CardReaders(running=False)},
    ),
    row(
        name="PC/SC is not installed",
        status=SKIP,
        code="skip.no-tool",
        site=AT,
        change={AskReaders: Unknown("no-tool", "sudo apt install pcscd")},
        facts={"hint": "sudo apt install pcscd"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_peripheral_reader(case: Case) -> None:
    case.verify()
