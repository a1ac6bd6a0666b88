"""The lease of a join test by wpa_supplicant: what is remembered of an interface and
put back. A small netlink of ours keeps addresses and routes."""

import asyncio
import base64
from pathlib import Path
from typing import Any

from posdiag.model.questions.lan import Offer
from posdiag.system.wifi.join.lease import (
    FOREVER,
    MARK,
    Ipv4Settings,
    configure,
    prefix_length,
    restore_settings,
    snapshot,
)

GIVEN = Offer(
    "10.0.2.1", "10.0.2.62", "255.255.255.0", routers=("10.0.2.1",), dns=("10.0.2.1",)
)


class Route:
    """Addresses and routes of the loopback interface, as pyroute2 tells them."""

    def __init__(self, valid: int = 3600) -> None:
        self.addresses = {"10.0.1.62": valid}
        self.protocol = 3  # of the system's start-up
        self.routes = {"0.0.0.0/0": "10.0.1.1"}

    def get_addr(self, **_: Any) -> list[Any]:
        return [
            {
                "prefixlen": 24,
                "attrs": [
                    ("IFA_LOCAL", address),
                    ("IFA_BROADCAST", None),
                    ("IFA_CACHEINFO", {"ifa_valid": valid, "ifa_preferred": valid}),
                ],
            }
            for address, valid in self.addresses.items()
        ]

    def get_routes(self, **_: Any) -> list[Any]:
        return [
            {
                "dst_len": int(target.partition("/")[2]),
                "proto": self.protocol,
                "scope": 0,
                "attrs": [("RTA_OIF", 1), ("RTA_GATEWAY", gateway)],
            }
            for target, gateway in self.routes.items()
        ]

    def flush_addr(self, **_: Any) -> None:
        self.addresses.clear()
        self.routes.clear()

    def addr(self, what: str, address: str, **words: Any) -> None:
        if what == "del":
            del self.addresses[address]
        else:
            self.addresses[address] = words.get("valid_lft", FOREVER)

    def route(self, what: str, dst: str, gateway: str, **_: Any) -> None:
        if what == "del":
            del self.routes[dst]
        else:
            self.routes[dst] = gateway


def test_a_lease_takes_the_place_of_the_former_address_and_gives_it_back() -> None:
    route = Route()
    kept = {**snapshot(route, "lo"), "at": 1e12}
    configure(route, "lo", GIVEN)
    assert route.addresses == {"10.0.2.62": FOREVER}
    assert route.routes == {"0.0.0.0/0": "10.0.2.1"}
    restore_settings(route, "lo", kept)
    assert route.addresses == {"10.0.1.62": 3600}
    assert route.routes == {"0.0.0.0/0": "10.0.1.1"}


def test_the_same_address_gets_its_lifetime_back() -> None:
    route = Route()
    kept = {**snapshot(route, "lo"), "at": 1e12}
    configure(route, "lo", Offer("10.0.1.1", "10.0.1.62", "255.255.255.0"))
    restore_settings(route, "lo", kept)
    assert route.addresses == {"10.0.1.62": 3600}


def test_a_default_route_that_was_not_there_is_taken_away() -> None:
    route = Route()
    route.routes.clear()
    kept = {**snapshot(route, "lo"), "at": 1e12}
    route.routes["0.0.0.0/0"] = "10.0.2.1"
    restore_settings(route, "lo", kept)
    assert route.routes == {"0.0.0.0/0": "10.0.2.1"}
    route.protocol = 4
    restore_settings(route, "lo", kept)
    assert route.routes == {}


def test_what_was_not_changed_is_left_alone() -> None:
    route = Route(FOREVER)
    restore_settings(route, "lo", {**snapshot(route, "lo"), "at": 1e12})
    assert route.addresses == {"10.0.1.62": FOREVER}


def test_an_odd_netmask_is_read_as_a_usual_one() -> None:
    assert prefix_length(GIVEN) == 24
    assert prefix_length(Offer("a", "10.0.0.1", "255.255.255.252")) == 30
    assert prefix_length(Offer("a", "10.0.0.1", "255.0.255.0")) == 24
    assert prefix_length(Offer("a", "10.0.0.1")) == 24


def restored(folder: Path, now: str) -> str:
    resolv = folder / "resolv.conf"
    resolv.write_text(now)
    former = base64.b64encode(b"nameserver 10.0.1.1\n").decode()
    asyncio.run(
        Ipv4Settings("lo", resolv).restore({"resolv": former, "dhcp_client": True})
    )
    return resolv.read_text()


def test_name_servers_that_we_set_are_taken_back(tmp_path: Path) -> None:
    ours = f"{MARK}nameserver 10.0.2.1\n"
    assert restored(tmp_path, ours) == "nameserver 10.0.1.1\n"


def test_name_servers_that_another_has_set_meanwhile_stay(tmp_path: Path) -> None:
    theirs = "nameserver 10.0.9.9\n"
    assert restored(tmp_path, theirs) == theirs


def test_an_address_that_comes_between_two_looks_is_seen() -> None:
    class Client(Ipv4Settings):
        looks = 0

        async def _addresses(self) -> list[dict[str, Any]]:
            self.looks += 1
            return [{"address": "10.0.2.62", "prefix": 24}] if self.looks > 1 else []

    client = Client("lo")
    client._has_dhcp_client = True
    lease = asyncio.run(client.obtain(2.0, hold=False))
    assert (lease.status, lease.address) == ("ok", "10.0.2.62/24")
