"""What are the texts of a check, a finding, a cause or a measure?

Each check brings its texts in a TOML file, Chinese and English side by side; emergency
and prevention advice is in `advice.toml`. Files are read at their first use. A text
that is missing, broken or hostile never breaks a report: the id stands in its place.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence

from posdiag.model import Check, Facts, Finding, Status
from posdiag.model.check import CORE, PARTIES
from posdiag.texts.catalogue.entries import Advice, CauseText, Gap, Step
from posdiag.texts.catalogue.tables import (
    Table,
    id_shown,
    ids_of,
    pair_of,
    party_of,
    raw_pair,
    steps_of,
    table_of,
    touches_of,
    variant_of,
)
from posdiag.texts.clean import clean
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair, read_toml
from posdiag.texts.safe import safe_facts

Source = Callable[[Check], str | None]

OTHERS = tuple(party for party in PARTIES if party != "merchant")


class Catalogue:
    """The texts of the given checks. `source` hands out a check's TOML."""

    def __init__(
        self, checks: Sequence[Check] = (), source: Source | None = None
    ) -> None:
        self._checks = {check.id: check for check in checks}
        self._source = source
        self._tables: dict[tuple[str, str], Table] = {}

    def check_title(self, check: Check | str, part: str = "title") -> Pair:
        """What the check is about; with `part` "asks" the question that it answers,
        with "chart" the heading of its chart."""
        id, table = check if isinstance(check, str) else check.id, self._table(check)
        named = pair_of(table.get(part), {}) or pair_of(table.get("title"), {})
        return named or id_shown(id)

    def finding(
        self,
        check: str,
        finding: Finding,
        blamed: Pair | None = None,
        facts: Facts | None = None,
    ) -> Pair:
        """What the check found, in a sentence. `blamed` is the title of what blocked
        it, `facts` what it reports where that was redacted already."""
        facts = safe_facts(finding.reported()) if facts is None else facts
        if finding.status is Status.OK:
            table = table_of(self._table(check).get("ok"))
            for name in (finding.variant, finding.code):
                text = pair_of(variant_of(table, name), facts)
                if text:
                    return text
            return pair_of(table, facts) or WORDS("fallback.ok")
        if finding.status in (Status.SKIP, Status.ERROR):
            return _reason(finding, facts, blamed)
        return self.cause(finding.code, facts, (check,), finding.variant).say

    def short(
        self,
        check: str,
        finding: Finding,
        blamed: Pair | None = None,
        facts: Facts | None = None,
    ) -> Pair:
        """The same, for a line of the checklist."""
        if finding.status not in (Status.WARN, Status.FAIL):
            return self.finding(check, finding, blamed, facts)
        facts = safe_facts(finding.reported()) if facts is None else facts
        return self.cause(finding.code, facts, (check,), finding.variant).title

    def cause(
        self,
        cause_id: str,
        facts: Facts | None = None,
        checks: Iterable[str] = (),
        variant: str = "",
    ) -> CauseText:
        """The texts of a cause: those of the checks that found it, else any check's."""
        shown, emitting = safe_facts(facts or {}), tuple(checks)
        table = self._cause_table(cause_id, emitting)
        table = {**table, **variant_of(table, variant)}
        name = clean(cause_id, 60)
        say = pair_of(table.get("say"), shown)
        return CauseText(
            id=name,
            title=pair_of(table.get("title"), shown) or id_shown(name),
            say=say or self._without_text(name, emitting),
            proof=pair_of(table.get("proof"), shown),
            decide=pair_of(table.get("decide"), shown),
            who=party_of(table.get("who"), "technician"),
            then=party_of(table.get("then"), "technician", OTHERS),
            steps=tuple(steps_of(table.get("steps"), shown))
            or (Step(WORDS("fallback.step")),),
            explains=ids_of(table.get("explains")),
            emergency=ids_of(table.get("emergency")),
            prevention=ids_of(table.get("prevention")),
            danger=table.get("danger") is True,
            machine=table.get("machine") is True,
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
        chosen = variant_of(table, variant)
        ids = ids_of({**table, **chosen}.get("explains"))
        if owner.package == CORE:
            return ids
        others = {id: self._owner(id, ()) for id in ids}
        return tuple(i for i, o in others.items() if o and o.package == owner.package)

    def forbids(
        self, check_id: str, cause_id: str, variant: str = ""
    ) -> tuple[str, ...]:
        """Checks that cannot possibly be ok while this cause holds."""
        table = self._cause_table(cause_id, (check_id,))
        return ids_of({**table, **variant_of(table, variant)}.get("forbids"))

    def own(self, check_id: str, cause_id: str) -> bool | None:
        """Is it about the network of this machine itself? None where its texts do not
        say; then its group does."""
        own = self._cause_table(cause_id, (check_id,)).get("own")
        return own if isinstance(own, bool) else None

    def gap(self, id: str, finding: Finding | None = None) -> "Gap":
        """What a check leaves unproven where it gives no evidence, and how to get it;
        `id` may be a kind of connection that no check examines yet. `finding` says why
        there is none: a check that is ok and yet no proof names what it did not see."""
        table = table_of(self._table(id).get("gap"))
        how = finding and pair_of(variant_of(table, finding.variant), {})
        how = how or pair_of(table, {})
        name = id if f"gap.{id}" in WORDS else "other"
        known = f"connection.{id}" in WORDS
        title = WORDS(f"connection.{id}") if known else self.check_title(id)
        if finding and finding.status is Status.OK:
            title = pair_of(table.get("title"), {}) or title
        return Gap(clean(id, 60), title, how or WORDS(f"gap.{name}"))

    def of_degree(self, cause_id: str) -> bool:
        """Is this a matter of degree, such as loss or delay?"""
        return self._cause_table(cause_id, ()).get("degree") is True

    def digits(self, part: str) -> Mapping[str, str]:
        """The digit of each cause in this part of the diagnosis code."""
        digits = ((id, self.digits_of(id)) for id in self.cause_ids())
        return {id: found[part] for id, found in digits if part in found}

    def digits_of(self, cause_id: str) -> Mapping[str, str]:
        """The digit of this cause in each part of the diagnosis code that has one."""
        table = table_of(self._cause_table(cause_id, ()).get("digit"))
        return {part: str(n) for part, n in table.items() if isinstance(n, int)}

    def part(self, check: str) -> str:
        """The part of the diagnosis code to which this check gives a digit."""
        return self._checks[check].part if check in self._checks else ""

    def causes_of(self, check: Check | str) -> tuple[str, ...]:
        """The causes that a check's texts know, in the order of the file."""
        return tuple(table_of(self._table(check).get("cause")))

    def variants_of(self, cause_id: str, checks: Iterable[str] = ()) -> tuple[str, ...]:
        """The names of the variants that a cause has texts for."""
        return tuple(table_of(self._cause_table(cause_id, checks).get("variant")))

    def cause_ids(self) -> tuple[str, ...]:
        """All causes known, each once, in the order of the checklist."""
        found = (id for check in self._checks for id in self.causes_of(check))
        return tuple(dict.fromkeys(found))

    def owner(self, cause_id: str) -> str | None:
        """The id of the check that has the texts of this cause."""
        check = self._owner(cause_id, ())
        return check.id if check else None

    def _owner(self, cause_id: str, first: Iterable[str]) -> Check | None:
        for id in (*first, *self._checks):
            check = self._checks.get(id)
            if check and cause_id in table_of(self._table(check).get("cause")):
                return check
        return None

    def _cause_table(self, cause_id: str, first: Iterable[str]) -> Table:
        owner = self._owner(cause_id, first)
        if owner is None:
            return {}
        return table_of(table_of(self._table(owner).get("cause")).get(cause_id))

    def _without_text(self, cause_id: str, emitting: Sequence[str]) -> Pair:
        title = self.check_title(emitting[0]) if emitting else id_shown(cause_id)
        return WORDS("fallback.cause", id=cause_id, check=title)

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


def advice(id: str) -> Advice | None:
    """A measure by its id in the seed map; None if there is no text for it."""
    measure = table_of(read_toml("posdiag.texts", "advice.toml").get(id))
    text = raw_pair(measure)
    return Advice(id, text, touches_of(measure)) if text else None


def _reason(finding: Finding, facts: Facts, blamed: Pair | None) -> Pair:
    code = finding.code
    more = {**facts, "id": clean(code, 60), "blamed": blamed}
    if finding.variant == "read" and f"reading.{code}" in WORDS:
        return WORDS(f"reading.{code}", **more)
    if f"reason.{code}" in WORDS:
        return WORDS(f"reason.{code}", **more)
    if code.startswith("tool."):
        return WORDS("reason.tool.other", **more)
    return WORDS("reason.skip.other", **more)
