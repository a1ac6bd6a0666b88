"""Name, passphrase and right to join, against what the access point wants."""

from dataclasses import replace

from tests.lab.wifi import events
from tests.lab.wifi.air import CLIENT, bssid
from tests.lab.wifi.case import case
from tests.lab.wifi.control import block
from tests.lab.wifi.world import World

JOINED = ("CTRL-EVENT-CONNECTED", r"^lease", "gateway answers", "acquirer open")
UP = ("successfully activated", "gateway answers", "acquirer open")
ABSENT = "NETWORK-NOT-FOUND"
UNKNOWN = "(could not be found|No network with)"


def elsewhere(w: World) -> None:
    """The technician's own hotspot: joined beforehand, to be joined again."""
    w.connected(w.other_network())


@case(
    "wrong", "wifi.wrong-passphrase", sign=("reason=15", "WRONG_KEY"), nm="Secrets were"
)
def wrong(w: World) -> None:
    """The profile's passphrase differs in one letter."""
    w.wifi(passphrase=w.air.wrong)


@case("wrong-case", "wifi.wrong-passphrase", sign="WRONG_KEY", nm="Secrets were")
def wrong_case(w: World) -> None:
    """The passphrase is typed with capitals and small letters exchanged."""
    w.wifi(passphrase=w.ap.passphrase.swapcase())


@case("wrong-transition", "wifi.wrong-passphrase", sign="WRONG_KEY", nm="Secrets were")
def wrong_transition(w: World) -> None:
    """A wrong passphrase where WPA2 and WPA3 are offered together."""
    w.change(security="wpa2-wpa3")
    w.wifi(passphrase=w.air.wrong)


@case("wrong-elsewhere", "wifi.wrong-passphrase", sign="WRONG_KEY", nm="Secrets were")
def wrong_elsewhere(w: World) -> None:
    """A wrong passphrase, tried from another network that must be joined again."""
    elsewhere(w)
    w.wifi(passphrase=w.air.wrong)


@case(
    "wpa3-wrong", "wifi.wrong-passphrase",
    sign="AUTH-REJECT .*auth_type=3 auth_transaction=2", nm=UNKNOWN,
)  # fmt: skip
def wpa3_wrong(w: World) -> None:
    """WPA3 with another password."""
    w.change(security="wpa3")
    w.wifi(passphrase=w.air.wrong, security="wpa3")


@case("absent", "wifi.not-found", sign=ABSENT, nm=UNKNOWN)
def absent(w: World) -> None:
    """No access point has the profile's name; two others are near."""
    w.change(ssid=b"Hongyun-Tea")
    w.neighbour(6, -60)
    w.wifi(ssid="Xingfu-Tea-House")


@case("nothing", "wifi.not-found", sign=(ABSENT, "!heard"), nm=(UNKNOWN, "!heard"))
def nothing(w: World) -> None:
    """Nothing at all is on the air."""
    w.placed.clear()


@case("name-case", "wifi.name-mismatch", sign=ABSENT, nm=UNKNOWN)
def name_case(w: World) -> None:
    """The name differs in capitals."""
    w.change(ssid=b"Shop-Pos")
    w.wifi(ssid="SHOP-POS")


@case("name-blank", "wifi.name-mismatch", sign=ABSENT, nm=UNKNOWN)
def name_blank(w: World) -> None:
    """The access point's name ends in a blank."""
    w.change(ssid=b"Shop POS ")
    w.wifi(ssid="Shop POS")


@case("name-apostrophe", "wifi.name-mismatch", sign=ABSENT, nm=UNKNOWN)
def name_apostrophe(w: World) -> None:
    """A phone's curly apostrophe against a typed straight one."""
    w.change(ssid="Li’s iPhone".encode())
    w.wifi(ssid="Li's iPhone")


@case("name-full-width", "wifi.name-mismatch", sign=ABSENT, nm=UNKNOWN)
def name_full_width(w: World) -> None:
    """Full-width letters in the profile, ordinary ones on the air."""
    w.change(ssid=b"POS24")
    w.wifi(ssid="ＰＯＳ２４")


@case("name-gbk", "wifi.name-mismatch", sign=ABSENT, nm=UNKNOWN)
def name_gbk(w: World) -> None:
    """The router sends its Chinese name in GBK, the terminal looks for UTF-8."""
    w.change(ssid="小明便利店".encode("gbk"))
    w.wifi(ssid="小明便利店")


@case("hidden-unmarked", "wifi.not-found", sign=ABSENT, nm=())
def hidden_unmarked(w: World) -> None:
    """The name is hidden and the profile does not say so."""
    w.change(hidden=True)


@case(
    "refused",
    "wifi.refused",
    sign="AUTH-REJECT .*auth_type=0 .*status_code=1$",
    nm=UNKNOWN,
)
def refused(w: World) -> None:
    """The access point's MAC filter denies this machine."""
    w.files["deny"] = f"{CLIENT}\n"
    w.change(options=("macaddr_acl=0", f"deny_mac_file={w.folder}/deny"))


@case("refused-list", "wifi.refused", sign="AUTH-REJECT .*status_code=1$", nm=UNKNOWN)
def refused_list(w: World) -> None:
    """Only the addresses on a list may join, and this machine's is not on it."""
    w.files["accept"] = "5c:02:14:aa:bb:cc\n"
    w.change(options=("macaddr_acl=1", f"accept_mac_file={w.folder}/accept"))


@case("full", "wifi.full", sign="AUTH-REJECT .*status_code=17$", nm=UNKNOWN)
def full(w: World) -> None:
    """As many clients as may join have joined."""
    w.change(options=("max_num_sta=1",))
    w.station(block(w.ap.ssid, "wpa2", w.ap.passphrase))
    w.steps.append(lambda world: events.await_stations(world, 1))


@case("full-hotspot", "wifi.full", sign="AUTH-REJECT .*status_code=17$", nm=UNKNOWN)
def full_hotspot(w: World) -> None:
    """A phone's hotspot that lets two clients in has both."""
    w.phone("192.168.43.0/24", 1)
    w.change(ssid=b"Redmi Note 11", options=("max_num_sta=2",))
    w.wifi(ssid="Redmi Note 11")
    for _ in range(2):
        w.station(block(w.ap.ssid, "wpa2", w.ap.passphrase))
    w.steps.append(lambda world: events.await_stations(world, 2))


@case("twin", "wifi.evil-twin", sign="acquirer open")
def twin(w: World) -> None:
    """Somebody else's open network has the shop's name."""
    w.place(
        replace(w.ap, security="open", bssid=bssid(w.air.dice), channel=1, signal=-58),
        "air",
    )
    w.connected()
    w.passive()


@case("twin-join", "wifi.evil-twin", sign="CTRL-EVENT-CONNECTED", nm=())
def twin_join(w: World) -> None:
    """The same, found before the first join."""
    w.place(
        replace(w.ap, security="open", bssid=bssid(w.air.dice), channel=11, signal=-60),
        "air",
    )
