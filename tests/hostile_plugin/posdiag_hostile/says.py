"""Checks that say what they should not."""

import os
import sys
from typing import Any, cast

from posdiag.model import Context, Finding, Status, check, fail, ok, skip, warn


@check("bad.none")
async def none(context: Context) -> Finding:
    return cast(Finding, None)


@check("bad.core-cause")
async def core_cause(context: Context) -> Finding:
    return fail("router.unreachable", gateway="192.0.2.1")


@check("bad.core-reason")
async def core_reason(context: Context) -> Finding:
    return skip("dns.slow")


@check("bad.status")
async def status(context: Context) -> Finding:
    return Finding(cast(Status, "excellent"), "bad.status")


@check("bad.unprintable")
async def unprintable(context: Context) -> Finding:
    return ok(what=cast(Any, object()))


@check("bad.recursion")
async def recursion(context: Context) -> Finding:
    deep: dict[str, Any] = {}
    deep["deep"] = deep
    return ok(deep=cast(Any, deep))


@check("bad.huge")
async def huge(context: Context) -> Finding:
    return ok(what="x" * 5_000_000)


@check("bad.flood")
async def flood(context: Context) -> Finding:
    """Writes to every descriptor it has, the one of the answer among them."""
    for _ in range(1000):
        for fd in range(64):
            try:
                os.write(fd, b"x" * 65536)
            except OSError:
                continue
    return ok()


@check("bad.forged")
async def forged(context: Context) -> Finding:
    """Writes an answer of its own to every descriptor it has."""
    for fd in range(3, 64):
        try:
            os.write(fd, b'["\\u0000", {"finding": 1e999}]\n')
        except OSError:
            continue
    return ok()


@check("odd.garbage")
async def garbage(context: Context) -> Finding:
    """Prints in every way there is; its finding is fine all the same."""
    print("GARBAGE")
    os.write(1, b"GARBAGE\n")
    if sys.__stdout__:
        sys.__stdout__.write("GARBAGE\n")
    os.system("echo GARBAGE")  # noqa: ASYNC221 - this is the fault
    return ok("fine", count=1)


@check("odd.boastful")
async def boastful(context: Context) -> Finding:
    """Sure of everything, with more facts than anyone wants."""
    many: dict[str, Any] = {f"fact{n}": n for n in range(200)}
    first: dict[str, Any] = {
        "Not a name": 1,
        "endless": float("inf"),
        "half": "\ud800",
        "long": "x" * 999,
    }
    rivals = ("router.unreachable",)
    return warn("odd.boast", confidence=99.0, rivals=rivals, **first, **many)


@check("odd.seen", needs=("link.state",))
async def seen(context: Context) -> Finding:
    """Tells what it was given."""
    passphrase = context.site.wifi.passphrase
    return ok(
        link=str(context.seen["link.state"].status),
        ssid=context.site.wifi.ssid,
        passphrase=passphrase.reveal() if passphrase else None,
        secret=os.environ.get("POSDIAG_TEST_SECRET"),
        target=context.site.target[0].host,
        limit=context.limits["dns.slow"],
        plan=context.plan.value,
        consent=tuple(context.consent),
        system=context.system.name,
    )
