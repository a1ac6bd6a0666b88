"""Which addresses and names does one world have? Drawn from a seed.

Only private (RFC 1918), shared (RFC 6598), benchmark (RFC 2544, transit links only) and
documentation ranges (RFC 5737): nothing public is ever addressed. A few cases add a
public address to a host inside the container, because the product asks it by default.
"""

import random
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Literal

LanKind = Literal["any", "ten", "small"]


@dataclass(frozen=True)
class Plan:
    """`net` and `acq` are the networks of the Internet services and the acquirer."""

    lan: IPv4Network
    shop: str
    router: str
    host2: str
    spare: str  # nobody has it
    offered: str  # what another DHCP server would hand out
    wan: IPv4Network
    wan2: IPv4Network
    transit: IPv4Network
    net: IPv4Network
    resolver: str
    web: str
    office: str
    parking: str
    nobody: str
    acq: IPv4Network
    acquirer: str
    port: int
    second: IPv4Network = field(default=IPv4Network("192.168.200.0/24"))
    domain: str = "lab.test"
    unknown_silent: bool = False  # packets to unknown networks vanish without a word

    @property
    def mask(self) -> str:
        return str(self.lan.prefixlen)

    @property
    def name(self) -> str:
        return f"pos.{self.domain}"

    @property
    def url(self) -> str:
        return f"http://online.{self.domain}/generate_204"


def _lan(dice: random.Random, kind: LanKind) -> IPv4Network:
    third, second = dice.randrange(2, 99), dice.randrange(1, 99)
    ten = f"10.{second}.{third}.0/24"
    small = f"192.168.{third}.0/24"
    middle = f"172.{dice.randrange(17, 31)}.{third}.0/24"
    choice = {"ten": ten, "small": small}.get(kind)
    return IPv4Network(choice or dice.choice([small, small, ten, middle]))


def _hosts(dice: random.Random, net: IPv4Network, count: int) -> list[str]:
    return [str(net[i]) for i in dice.sample(range(20, 240), count)]


def draw(seed: int | str, lan: LanKind = "any", private: bool = False) -> Plan:
    """A world's addresses; `private` puts the acquirer into 10/8."""
    dice = random.Random(seed)
    home = _lan(dice, lan)
    shop, host2, spare, offered = _hosts(dice, home, 4)
    router = str(home[dice.choice([1, 1, 254, dice.randrange(2, 19)])])
    wan = IPv4Network(f"100.{dice.randrange(64, 127)}.{dice.randrange(200)}.0/30")
    wan2 = IPv4Network(f"100.{dice.randrange(64, 127)}.{dice.randrange(201, 250)}.0/30")
    transit = IPv4Network(f"198.18.{dice.randrange(250)}.0/30")
    documentation = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]
    dice.shuffle(documentation)
    net, acq = map(IPv4Network, documentation[:2])
    if private:
        acq = IPv4Network(f"10.{dice.randrange(120, 250)}.{dice.randrange(250)}.0/24")
    resolver, web, office, parking, nobody = _hosts(dice, net, 5)
    (acquirer,) = _hosts(dice, acq, 1)
    second = IPv4Network(f"192.168.{dice.randrange(120, 250)}.0/24")
    return Plan(
        lan=home, shop=shop, router=router, host2=host2, spare=spare, offered=offered,
        wan=wan, wan2=wan2, transit=transit, net=net, resolver=resolver, web=web,
        office=office, parking=parking, nobody=nobody, acq=acq, acquirer=acquirer,
        port=dice.choice([443, 8443, 5500, 10443]), second=second,
        unknown_silent=dice.random() < 0.5,
    )  # fmt: skip
