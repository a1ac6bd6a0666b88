"""What kind of interface does a name suggest, on any system?"""

import re
from typing import Literal

Kind = Literal["ethernet", "wifi", "cellular", "tunnel", "loopback", "virtual"]

KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("loopback", re.compile(r"lo\d*$|loopback")),
    ("wifi", re.compile(r"wl|wi-?fi|wireless|ath\d|无线")),
    ("tunnel", re.compile(r"u?tun|tap|wg|wireguard|ppp|ipsec|zt|tailscale|openvpn")),
    ("cellular", re.compile(r"wwan|rmnet|ww[px]|cellular|mobile|蜂窝|手机网络")),
    (
        "virtual",
        # "Local Area Connection* 1": Windows' own helpers carry an asterisk.
        re.compile(
            r"docker|br-|vethernet|v(irtual)?box|virbr|vmnet|vmware|bridge|awdl|llw"
            r"|anpi|gif\d|stf\d|.*\*"
        ),
    ),
)


def kind_of(name: str) -> Kind:
    """The kind of an interface by its name alone, best effort."""
    lowered = name.strip().lower()
    return next((kind for kind, names in KINDS if names.match(lowered)), "ethernet")
