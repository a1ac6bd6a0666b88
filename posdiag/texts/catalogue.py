"""In which words is a check, a finding or a cause told?

Each check brings its texts in a TOML file, Chinese and English side by side; the words
of the interface are in `words.toml`, emergency and prevention advice in `advice.toml`.
All are read when first wanted. A text that is missing, broken or hostile never breaks
a report: the id stands in its place.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from posdiag.model import Check, Facts, Finding, Status
from posdiag.texts.fill import LONGEST, fill
from posdiag.texts.lang import Lang
from posdiag.texts.safe import clean, safe_facts

Table = Mapping[str, object]
Source = Callable[[Check], str | None]

WHO = ("merchant", "technician", "isp", "hotspot-owner", "acquirer", "terminal-service")
CORE = "posdiag_checks"
STEPS = 12  # of one cause; a longer list is no help


@dataclass(frozen=True, slots=True)
class Pair:
    """One text in both languages."""

    zh: str
    en: str

    def of(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `interrupts`: it restarts, resets, unplugs or switches."""

    text: Pair
    by: str = "merchant"
    interrupts: bool = False
    recheck: Pair | None = None
    gate: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """One emergency or prevention measure of the seed map."""

    id: str
    text: Pair
    interrupts: bool = False


@dataclass(frozen=True, slots=True)
class CauseText:
    """All that is said of a cause, its facts in it."""

    id: str
    title: Pair
    say: Pair
    proof: Pair | None
    decide: Pair | None
    who: str
    steps: tuple[Step, ...]
    explains: tuple[str, ...] = ()
    emergency: tuple[str, ...] = ()
    prevention: tuple[str, ...] = ()


class Catalogue:
    """The texts of the given checks. `source` hands out a check's TOML."""

    def __init__(
        self, checks: Sequence[Check] = (), source: Source | None = None
    ) -> None:
        self._checks = {check.id: check for check in checks}
        self._source = source
        self._tables: dict[tuple[str, str], Table] = {}

    def check_title(self, check: Check | str, part: str = "title") -> Pair:
        """What the check asks; with `part` "chart", what stands above its chart."""
        id, table = check if isinstance(check, str) else check.id, self._table(check)
        named = _pair(table.get(part), {}) or _pair(table.get("title"), {})
        return named or _same(id)

    def finding(
        self,
        check: Check | str,
        finding: Finding,
        blamed: Pair | None = None,
        facts: Facts | None = None,
    ) -> Pair:
        """What the check found, in a sentence. `blamed` is the title of what blocked
        it, `facts` what it reports where that was redacted already."""
        facts = safe_facts(finding.reported()) if facts is None else facts
        if finding.status is Status.OK:
            table = _table(self._table(check).get("ok"))
            for name in (finding.variant, finding.code):
                said = _pair(_variant(table, name), facts)
                if said:
                    return said
            return _pair(table, facts) or word("fallback", "ok")
        if finding.status in (Status.SKIP, Status.ERROR):
            return _reason(finding.code, facts, blamed)
        id = check if isinstance(check, str) else check.id
        return self.cause(finding.code, facts, (id,), finding.variant).say

    def short(
        self,
        check: Check | str,
        finding: Finding,
        blamed: Pair | None = None,
        facts: Facts | None = None,
    ) -> Pair:
        """The same, for a line of the checklist."""
        facts = safe_facts(finding.reported()) if facts is None else facts
        if finding.status in (Status.WARN, Status.FAIL):
            id = check if isinstance(check, str) else check.id
            return self.cause(finding.code, facts, (id,), finding.variant).title
        return self.finding(check, finding, blamed, facts)

    def cause(
        self,
        cause_id: str,
        facts: Facts | None = None,
        checks: Iterable[str] = (),
        variant: str = "",
    ) -> CauseText:
        """The texts of a cause: those of the checks that found it, else anybody's."""
        shown, emitting = safe_facts(facts or {}), tuple(checks)
        table = self._cause_table(cause_id, emitting)
        table = {**table, **_variant(table, variant)}
        who, name = table.get("who"), clean(cause_id, 60)
        say = _pair(table.get("say"), shown)
        return CauseText(
            id=name,
            title=_pair(table.get("title"), shown) or _same(name),
            say=say or self._unspoken(name, emitting),
            proof=_pair(table.get("proof"), shown),
            decide=_pair(table.get("decide"), shown),
            who=who if isinstance(who, str) and who in WHO else "technician",
            steps=tuple(_steps(table.get("steps"), shown))
            or (Step(word("fallback", "step")),),
            explains=_ids(table.get("explains")),
            emergency=_ids(table.get("emergency")),
            prevention=_ids(table.get("prevention")),
        )

    def explains(
        self, check_id: str, cause_id: str, variant: str = ""
    ) -> tuple[str, ...]:
        """Cause ids that `cause_id` makes mere consequences: of its own package only,
        so that no plugin can hide what the core found."""
        owner = self._owner(cause_id, (check_id,))
        if owner is None:
            return ()
        table = self._cause_table(cause_id, (check_id,))
        chosen = _variant(table, variant)
        told = _ids({**table, **chosen}.get("explains"))
        if owner.package == CORE:
            return told
        others = {id: self._owner(id, ()) for id in told}
        return tuple(i for i, o in others.items() if o and o.package == owner.package)

    def causes_of(self, check: Check | str) -> tuple[str, ...]:
        """The causes that a check's texts know, in the order of the file."""
        return tuple(_table(self._table(check).get("cause")))

    def cause_ids(self) -> tuple[str, ...]:
        """All causes known, each once, in the order of the checklist."""
        found = (id for check in self._checks for id in self.causes_of(check))
        return tuple(dict.fromkeys(found))

    def owner(self, cause_id: str) -> str | None:
        """The id of the check whose texts tell of this cause."""
        check = self._owner(cause_id, ())
        return check.id if check else None

    def _owner(self, cause_id: str, first: Iterable[str]) -> Check | None:
        for id in (*first, *self._checks):
            check = self._checks.get(id)
            if check and cause_id in _table(self._table(check).get("cause")):
                return check
        return None

    def _cause_table(self, cause_id: str, first: Iterable[str]) -> Table:
        owner = self._owner(cause_id, first)
        if owner is None:
            return {}
        return _table(_table(self._table(owner).get("cause")).get(cause_id))

    def _unspoken(self, cause_id: str, emitting: Sequence[str]) -> Pair:
        title = self.check_title(emitting[0]) if emitting else _same(cause_id)
        said, facts = word("fallback", "cause"), {"id": cause_id}
        return Pair(
            fill(said.zh, {**facts, "check": title.zh}, "zh"),
            fill(said.en, {**facts, "check": title.en}, "en"),
        )

    def _table(self, check: Check | str) -> Table:
        found = self._checks.get(check) if isinstance(check, str) else check
        if found is None:
            return {}
        key = (found.package, found.module)
        if key not in self._tables:
            self._tables[key] = _load(found, self._source or _registered)
        return self._tables[key]


def _registered(check: Check) -> str | None:
    from posdiag.engine.registry import texts_of

    return texts_of(check)


def _load(check: Check, source: Source) -> Table:
    try:
        return tomllib.loads(source(check) or "")
    except (OSError, ValueError, ImportError, RecursionError):
        return {}


@cache
def words() -> Table:
    """The words of the interface."""
    return tomllib.loads((files("posdiag.texts") / "words.toml").read_text("utf-8"))


@cache
def _advice() -> Table:
    path = files("posdiag.texts") / "advice.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


def word(*path: str) -> Pair:
    """A word of the interface as it stands; its path where it is missing."""
    found: object = words()
    for part in path:
        found = _table(found).get(part)
    return _raw(found) or _same(".".join(path))


def advice(id: str) -> Advice | None:
    """A measure by its id in the seed map, None where no text tells of it."""
    table = _table(_advice().get(id))
    text = _raw(table)
    return Advice(id, text, table.get("interrupts") is True) if text else None


def _table(found: object) -> Table:
    return found if isinstance(found, dict) else {}


def _variant(table: Table, name: object) -> Table:
    variants = _table(table.get("variant"))
    return _table(variants.get(name)) if isinstance(name, str) else {}


def _reason(code: str, facts: Facts, blamed: Pair | None) -> Pair:
    table = _table(words().get("reason"))
    kind = "tool" if code.startswith("tool.") else "skip"
    said = _raw(table.get(code)) or _raw(table.get(f"{kind}.other")) or _same(code)
    more = {**facts, "id": clean(code, 60)}
    return Pair(
        fill(said.zh, {**more, "blamed": blamed.zh if blamed else None}, "zh"),
        fill(said.en, {**more, "blamed": blamed.en if blamed else None}, "en"),
    )


def _same(text: str) -> Pair:
    shown = clean(text, 60)
    return Pair(shown, shown)


def _raw(found: object) -> Pair | None:
    """Both languages of a text; one stands in for the other."""
    table = _table(found)
    zh, en = (_line(table.get(lang)) for lang in ("zh", "en"))
    return Pair(zh or en, en or zh) if zh or en else None


def _line(found: object) -> str:
    return clean(" ".join(found.split()), LONGEST) if isinstance(found, str) else ""


def _pair(found: object, facts: Facts) -> Pair | None:
    raw = _raw(found)
    return raw and Pair(fill(raw.zh, facts, "zh"), fill(raw.en, facts, "en"))


def _ids(found: object) -> tuple[str, ...]:
    listed = found if isinstance(found, list) else []
    return tuple(clean(i, 60) for i in listed if isinstance(i, str))


def _steps(found: object, facts: Facts) -> Iterator[Step]:
    items = found if isinstance(found, list) else []
    for table in map(_table, items[:STEPS]):
        if (text := _pair(table, facts)) is None:
            continue
        by = table.get("by")
        yield Step(
            text,
            by if isinstance(by, str) and by in WHO else "merchant",
            table.get("interrupts") is True,
            _pair(table.get("recheck"), facts),
        )
