"""Checks that claim to be what they are not; none of these may be registered."""

from typing import Any, cast

from posdiag.model import Check, Context, Finding, ok


async def probe(context: Context) -> Finding:
    return ok()


core_id = Check("link.state", probe)
core_group = Check("router.magic", probe)
odd_id = Check("\x1b[31mRED", probe)
taken = Check("bad.hang", probe)
needy = Check("bad.needy", probe, needs=("no.such",))
needier = Check("bad.needier", probe, needs=("bad.needy",))
circle_one = Check("bad.circle-one", probe, needs=("bad.circle-two",))
circle_two = Check("bad.circle-two", probe, after=("bad.circle-one",))
odd_rights = Check("bad.rights", probe, rights="root")
odd_timeout = Check("odd.timeout", probe, timeout=1e9, vital=True, after=("no.such",))
odd_needs = Check("bad.needs", probe, needs=cast(Any, (1, 2)))
