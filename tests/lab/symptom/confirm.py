"""Does the world show its fault, and a healthy one that a sale passes?

Asked after the servers' start and before posdiag looks. A sign is a text that says what
was seen; an empty one is a world that does not behave: its trial is invalid. The rule
is that a sale does not pass. Faults under which it passes, worse or by luck, have signs
of their own below; a case whose sign is another one says so (`World.sign`).
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.lab import echo_host
from tests.lab.netns import ip_json, run, wrap
from tests.lab.symptom import sale, samples, segment

if TYPE_CHECKING:
    from tests.lab.world import World

Sign = Callable[["World"], str]
UNHURRIED = 3.0  # seconds that a healthy world is given where a quick sale failed
SLOW = 0.2  # seconds of a round trip that no healthy wire of the lab's own makes
WRONG_CLOCK = 300.0  # seconds
SOME_TIME = 5.0  # seconds in which faults that come and go show themselves


def confirm(world: World, expected: str | None) -> str:
    """The sign that a world with that fault, or none, behaves; "" where it does not."""
    sign = world.sign or SIGNS.get(expected or "healthy", no_sale)
    return sign(world)


def untouched() -> list[str]:
    """What the shop's machine learnt of its neighbours and of the way is gone again:
    posdiag meets a world that was just plugged in. The settings that it finds."""
    return settings("neigh flush all", "route flush cache", "tcp_metrics flush all")


def settings(*commands: str) -> list[str]:
    """Addresses, routes and rules of the shop's machine, which no run changes."""
    show = ("addr show", "route show table all", "rule show")
    text = run("", "ip", "-n", "shop", "-4", "-o", "-batch", "-",
               text="\n".join([*commands, *show, ""]))  # fmt: skip
    # The carrier of a loose plug comes and goes by itself.
    return re.sub(r" (linkdown|dead)\b", "", text).splitlines()


def no_sale(world: World) -> str:
    try:
        sale.pay(world)
    except sale.NoSale as stopped:
        return f"no sale: {stopped}"
    return ""


def passes(world: World) -> str:
    """Without a fault: in a hurry first, since nearly all of them take it."""
    for patience in (sale.PATIENCE, UNHURRIED):
        try:
            sale.pay(world, patience)
        except sale.NoSale:
            continue
        return "a sale passes"
    return ""


# What is worse than it should be, or goes wrong at times


def _host(world: World, place: str) -> tuple[str, int]:
    """Address and an open port of the router, of a host behind the provider, or of the
    acquirer."""
    p = world.plan
    return {
        "router": (p.router, 53), "isp": (p.web, 80), "acquirer": (p.acquirer, p.port)
    }[place]  # fmt: skip


def loses(place: str, *kinds: str) -> Sign:
    """Some of the probes to that place are lost, and others are not."""

    def sign(world: World) -> str:
        wait = sale.round_trip(world) + 0.3
        most = SOME_TIME + wait
        most += max((r.get("every", 0) for r in world.shape.relays.values()), default=0)
        return samples.loses(*_host(world, place), wait, most, kinds or samples.KINDS)

    return sign


def slow(place: str) -> Sign:
    def sign(world: World) -> str:
        seconds = samples.quickest(*_host(world, place), sale.round_trip(world) + 1)
        late = seconds is not None and seconds >= SLOW
        return f"{seconds:.2f} s to the {place} and back" if late else ""

    return sign


def one_way_dead(world: World) -> str:
    """Of several lines one is dead: something that lives is not reached."""
    p = world.plan
    hosts = [(p.acquirer, p.port), (p.web, 80), (p.office, 443), (p.resolver, 53)]
    for address, port in hosts:
        try:
            sale.connect(address, port, sale.PATIENCE).close()
        except sale.NoSale as stopped:
            return str(stopped)
    return ""


def no_way_by(interface: str) -> Sign:
    """The acquirer is not reached by that interface, whatever others do."""

    def sign(world: World) -> str:
        p = world.plan
        try:
            sale.connect(p.acquirer, p.port, sale.PATIENCE, interface).close()
        except sale.NoSale as stopped:
            return f"by {interface}: {stopped}"
        return ""

    return sign


# Settings and answers that are wrong


def two_owners(world: World) -> str:
    for address in (world.plan.shop, world.plan.router):
        if len(segment.owners(address)) > 1:
            return f"two hosts have {address}"
    return ""


def two_servers(world: World) -> str:
    """DHCP servers that offer, or stand ready where one looks about before it does."""
    found = segment.dhcp_servers()
    return f"{len(found)} DHCP servers" if len(found) > 1 else ""


def netmask(world: World) -> str:
    (card,) = ip_json("shop", "-4", "addr", "show", "dev", "eth0")
    (length,) = {a["prefixlen"] for a in card["addr_info"]}
    return f"/{length}" if length != world.plan.lan.prefixlen else ""


def no_card(world: World) -> str:
    wanted = (world.profile or {}).get("connection", {}).get("interface", "eth0")
    cards = {card["ifname"] for card in ip_json("shop", "link", "show")}
    return f"no {wanted}" if wanted not in cards else ""


def late_name(world: World) -> str:
    """The first name server does not answer in time."""
    wait = sale.PATIENCE + sale.round_trip(world)
    try:
        sale.ask(sale.servers()[0], world.plan.name, "A", wait)
    except TimeoutError:
        return f"no answer within {wait:.1f} s"
    return ""


def lies(world: World) -> str:
    """The acquirer's name leads elsewhere, or a name that does not exist somewhere."""
    p, wait = world.plan, sale.PATIENCE + sale.round_trip(world)
    true = sale.ask(sale.servers()[0], p.name, "A", wait)
    if true != [p.acquirer]:
        return f"{p.name} is {true}"
    made_up = sale.ask(sale.servers()[0], f"no-such-name.{p.domain}", "A", wait)
    return f"a name that does not exist is {made_up}" if made_up else ""


def wrong_clock(world: World) -> str:
    done = subprocess.run(
        wrap("shop", [*world.prefix, "date", "+%s"]), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    off = float(done.stdout) - time.time()
    return f"{off:.0f} s off" if abs(off) > WRONG_CLOCK else ""


ECHOES = {
    "ascii": b"0800".hex()
    + "8220000000000000 0400000000000000"
    + b"0131081502000001301".hex(),
    "unionpay": "6000000000 600000000000 0820 0020000000000010000001 0011 000000013010",
}


def no_echo(world: World) -> str:
    """The payment host takes the connection, and gives its echo no right answer."""
    told = (world.profile or {})["acquirer.iso8583"]
    body = bytes.fromhex(ECHOES[told["dialect"]])
    request = len(body).to_bytes(2, "big") + body
    try:
        said = sale.exchange(world, request)
    except sale.NoSale as stopped:
        return f"no answer: {stopped}"
    right = echo_host.RIGHT[told["dialect"]](request)
    return "" if said == right else f"{len(said)} bytes that are no right answer"


SIGNS: dict[str, Sign] = {
    "healthy": passes,
    "link.no-adapter": no_card,
    "link.errors": loses("router"),
    "ip.duplicate-address": two_owners,
    "ip.wrong-netmask": netmask,
    "ip.rogue-dhcp": two_servers,
    "path.dead-uplink": one_way_dead,
    "dns.slow": late_name,
    "dns.hijack": lies,
    "clock.skew": wrong_clock,
    **{f"{p}.packet-loss": loses(p) for p in ("router", "isp", "acquirer")},
    **{f"{p}.slow": slow(p) for p in ("router", "isp", "acquirer")},
    **{f"acquirer.{e}": no_echo for e in ("no-answer", "bad-answer", "declined")},
}
