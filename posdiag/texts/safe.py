"""What of the data from outside may a report show?

`redact` removes what a report must not carry: card numbers, hardware addresses,
subscriber numbers and queries of URLs (PCI DSS 3.4.1: at most
first six and last four). Network addresses stay: a diagnosis needs them. Numbers stay:
they are measurements. What stays is then cleaned (`posdiag.texts.clean`).
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from posdiag.formats.address import is_address
from posdiag.model import Facts, Scalar, Value
from posdiag.model.finding import Entry
from posdiag.model.site import Secret, Site
from posdiag.texts.clean import LIMIT, clean

ITEMS = 32  # entries of one tuple
PROPERTIES = 8  # of an entry that has several
KEYS = 40  # facts of one finding
ROOM = 8000  # characters of all texts of one finding
HUGE = 128  # bits; no measurement in base units is larger

# Digits as cards are printed: groups of three or more, one blank or dash between. A
# run beside a decimal point is a number, not a card.
CARD = re.compile(r"(?<!\d)(?<!\d\.)\d{3,}(?:[ -]\d{3,})*(?:[ -]\d{1,2})?(?!\.?\d)")
GROUP = re.compile(r"\d+")
TRACK = re.compile(
    r"%?[A-Za-z]\d{12,19}\^[^\n?]{0,120}\??"  # track 1 (ISO/IEC 7813)
    r"|;\d{12,19}=[\d=]*\??"  # track 2, as read
    r"|(?<!\d)\d{12,19}[=D]\d{7,40}\??"  # track 2, as sent
)
_OCTETS = (
    r"((?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\2){2})"
    r"((?:[0-9A-Fa-f]{2}\2){2}[0-9A-Fa-f]{2})(?![0-9A-Fa-f])"
)
# The second is for one that is glued to a word; "mac:aa:..." must not begin at "ac".
COLON_MACS = (
    re.compile(r"(?<![0-9A-Za-z])" + _OCTETS),
    re.compile(r"(?<![0-9A-Fa-f])" + _OCTETS),
    re.compile(_OCTETS),
)
DOTTED_MAC = re.compile(
    r"(?<![0-9A-Fa-f.])([0-9A-Fa-f]{4}\.[0-9A-Fa-f]{2})[0-9A-Fa-f]{2}\.[0-9A-Fa-f]{4}"
    r"(?![0-9A-Fa-f.])"
)
LABELLED = re.compile(
    r"\b(imei|imeisv|imsi|iccid|msisdn|merchant[_ ]id|terminal[_ ]id)"
    r"([\"']?\s*[:=]?\s*[\"']?)(?=[A-Za-z]*[0-9])([0-9A-Za-z]{5,22})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
QUERY = re.compile(r"(?<=[?&;])([^=&\s?;]{1,60})=[^&\s;]+")
URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S+")

#: Facts that hold a number by which a person, a card or a terminal is known.
PRIVATE_KEYS = frozenset(
    [
        "imei", "imeisv", "imsi", "iccid", "msisdn", "merchant_id", "terminal_id",
        "serial", "phone",
    ]
)  # fmt: skip
MAC_KEYS = frozenset(["mac", "macs", "bssid", "bssids"])


class Hidden(dict[str, str]):
    """Exact texts of a site (its terminal number, its passphrase) and what is shown in
    their place. `hardware`: hardware addresses are shortened; only on the user's own
    screen are they not, for a device is found by its address."""

    def __init__(
        self, known: Mapping[str, str] | None = None, *, hardware: bool = True
    ) -> None:
        super().__init__(known or {})
        self.hardware = hardware


def redact(text: str, known: Mapping[str, str] | None = None) -> str:
    """`text` without card numbers, hardware addresses and subscriber numbers.

    `known` are texts to hide, in `Hidden` with what else is hidden.
    """
    for secret, shown in (known or {}).items():
        text = text.replace(secret, shown)
    text = URL.sub(_url, text)
    text = TRACK.sub(_track, text)
    text = LABELLED.sub(lambda m: m[1] + m[2] + last4(m[3]), text)
    text = CARD.sub(_card, text)
    if _keeps_hardware(known):
        return text
    for pattern in COLON_MACS:
        text = pattern.sub(_mac, text)
    return DOTTED_MAC.sub(r"\1**.****", text)


def _keeps_hardware(known: Mapping[str, str] | None) -> bool:
    return isinstance(known, Hidden) and not known.hardware


def last4(text: str) -> str:
    """Mask all but the last four characters; a text of four or fewer wholly."""
    return "*" * (len(text) - 4) + text[-4:] if len(text) > 4 else "*" * len(text)


def luhn(digits: str) -> bool:
    """Is the check digit right (ISO/IEC 7812-1 annex B)?"""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _card(match: re.Match[str]) -> str:
    """Other numbers may stand beside a card number, so every row of whole groups is
    tried; rows that overlap are masked as one."""
    run = match[0]
    spans: list[tuple[int, int]] = []
    for start, end in sorted(_card_rows(run)):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    for start, end in reversed(spans):
        digits = "".join(filter(str.isdecimal, run[start:end]))
        masked = f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"
        run = run[:start] + masked + run[end:]
    return run


def _card_rows(run: str) -> Iterator[tuple[int, int]]:
    groups = list(GROUP.finditer(run))
    for first, group in enumerate(groups):
        digits = ""
        for last in groups[first : first + 7]:
            digits += last[0]
            if 13 <= len(digits) <= 19 and luhn(digits):
                yield group.start(), last.end()


def _track(match: re.Match[str]) -> str:
    kept = "".join(filter(str.isdecimal, match[0][:12]))[:6]
    return f"{kept}**********" if len(kept) == 6 else "**********"


def _mac(match: re.Match[str]) -> str:
    around = _stretch(match)
    octets = re.findall(r"[0-9A-Fa-f]{2}(?=[:-]|$)", around)
    fingerprint = len(octets) > 8
    if fingerprint or is_address(around) or is_address(around.strip("-:")):
        return match[0]
    return match[1] + re.sub(r"[0-9A-Fa-f]{2}", "**", match[3])


def _stretch(match: re.Match[str]) -> str:
    """The whole run of hexadecimal digits and separators around a match."""
    text, start, end = match.string, match.start(), match.end()
    while start and text[start - 1] in "0123456789abcdefABCDEF:-":
        start -= 1
    while end < len(text) and text[end] in "0123456789abcdefABCDEF:-":
        end += 1
    return text[start:end]


def _url(match: re.Match[str]) -> str:
    """Portals put the customer's hardware address and a token into the query."""
    return QUERY.sub(r"\1=***", USERINFO.sub("***@", match[0]))


def hidden_texts(site: Site) -> dict[str, str]:
    """Texts of the profile that must not be shown, each with its replacement."""
    iso = site.acquirer.iso8583
    numbers: Iterable[str | None] = (
        site.site.merchant_id,
        site.site.terminal_id,
        iso.merchant_id if iso else None,
        iso.terminal_id if iso else None,
    )
    known = {number: last4(number) for number in numbers if number and len(number) > 5}
    for table in site.plugin.values():
        for held in table.values():
            if isinstance(held, Secret) and len(held.reveal()) > 3:
                known[held.reveal()] = "***"
    passphrase = site.wifi.passphrase
    if passphrase is not None and len(passphrase.reveal()) >= 8:
        known[passphrase.reveal()] = "***"
    return known


def safe_text(
    text: str, known: Mapping[str, str] | None = None, limit: int = LIMIT
) -> str:
    """`text` redacted, cleaned, then cut, in this order: a cut would hide a card number
    from `redact`."""
    head = text[: 4 * limit + 256]
    if len(head) < len(text):
        head = head.rstrip("0123456789 -")
    return clean(redact(head, known), limit)


class SafeFacts(dict[str, Value]):
    """Facts that `safe_facts` has already made safe."""


def safe_facts(facts: Facts, known: Mapping[str, str] | None = None) -> SafeFacts:
    """`facts` as they may be shown: redacted, cleaned, bounded. Numbers are kept."""
    if isinstance(facts, SafeFacts):
        return facts
    shown = SafeFacts()
    room = ROOM
    for key, value in list(facts.items())[:KEYS]:
        name = clean(str(key), 40)
        several = isinstance(value, list | tuple | set)
        items = _flat(value if isinstance(value, list | tuple | set) else [value])
        values: list[Scalar | Entry] = []
        for item in items:
            if isinstance(item, Mapping) and several:
                values.append(_entry(item, known))
                continue
            safe = _scalar(name, item, known) if room > 0 else _beyond(item)
            room -= len(safe) if isinstance(safe, str) else 0
            values.append(safe)
        first = values[0] if values else None
        shown[name] = tuple(values) if several or isinstance(first, Mapping) else first
    return shown


def _entry(entry: Mapping[Any, object], known: Mapping[str, str] | None) -> Entry:
    """One entry of a list of things, each with a few properties."""
    found = {}
    for key, value in list(entry.items())[:PROPERTIES]:
        name = clean(str(key), 40)
        found[name] = _scalar(name, value, known)
    return found


def _beyond(value: object) -> Scalar:
    """A value beyond the total size: numbers are kept, texts are dropped."""
    return "…" if isinstance(value, str) else _scalar("", value, None)


def _flat(values: Iterable[object], depth: int = 3) -> list[object]:
    """Flatten nested lists, which plugins may send although the model has none."""
    found: list[object] = []
    for value in values:
        if len(found) >= ITEMS:
            break
        if isinstance(value, list | tuple) and depth:
            found += _flat(value, depth - 1)
        else:
            found.append(value)
    return found[:ITEMS]


def _scalar(key: str, value: object, known: Mapping[str, str] | None) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if value.bit_length() <= HUGE else None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if not isinstance(value, str):
        return f"<{type(value).__name__}>"
    # "phone" also names a phone by a word: "iphone", "phone".
    if key in PRIVATE_KEYS and (key != "phone" or len(re.findall(r"\d", value)) > 4):
        return last4(clean(value, 40))
    bare = key in MAC_KEYS and re.fullmatch("[0-9A-Fa-f]{12}", value)
    if bare and not _keeps_hardware(known):
        return value[:6] + "******"
    return safe_text(value, known)
