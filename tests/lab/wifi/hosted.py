"""A machine that is online by cable and opens the shop's Wi-Fi for a terminal.

    net -- isp -- router lan0 -- (cable) eth0, posdiag, wlan0 ))) (( eth0, the terminal

The shop's own access point is off the air. The terminal is a real wpa_supplicant in a
namespace of its own; once it has joined, a DHCP client and sales by TLS follow.
"""

import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab import services
from tests.lab.netns import HERE, ip, run
from tests.lab.terminal.world import answering
from tests.lab.wifi.client import former_is_back
from tests.lab.wifi.control import block
from tests.lab.wifi.world import World

WRONG = ("reason=15", "WRONG_KEY")
SECONDS = 60  # of a watch, the guest's
BACK = 10.0  # seconds for the return (contract, section 7)
TRYING = 25.0  # seconds of the world's own trial
ENDS = ("CTRL-EVENT-CONNECTED", "SSID-TEMP-DISABLED")
MAC = "54:81:2d:00:00:07"
POS = str(Path(__file__).parents[1] / "terminal" / "pos.py")
HOSTED = """\
interface=wlan0
driver=nl80211
channel=6
hw_mode=g
"""


@dataclass(frozen=True)
class Terminal:
    """How it is set; "" is the profile's passphrase."""

    passphrase: str = ""
    security: str = "wpa2"


def host(w: World, terminal: Terminal | None, *, named: bool = False) -> None:
    """Have posdiag host it."""
    w.wired, w.verb = True, ("terminal", "host")
    w.args = ["--wifi", "wlan0", "--seconds", str(SECONDS), "--yes"]
    if named:
        w.args += ["--mac", MAC]
    w.change(ssid=b"Not the shop's")
    w.acquirer = None
    w.steps.append(_acquirer)
    w.terminal = terminal is not None
    if terminal is not None:
        wifi = w.profile["wifi"]
        passphrase = terminal.passphrase or wifi["passphrase"]
        network = block(wifi["ssid"].encode(), terminal.security, passphrase)
        station = w.station(network, later=True)
        w.last.append(lambda _: start(w, station.name, station.radio, network))


def _acquirer(w: World) -> None:
    talk = answering(w.certs / "good.pem")
    services.listen("net", w.plan.acquirer, w.plan.port, talk)


def start(w: World, space: str, radio: int, network: str) -> None:
    """Switch the terminal on: it looks for its network from now on."""
    ip(space, f"link set dev wlan{radio} name eth0 address {MAC}")
    conf = w.folder / f"{space}.conf"
    conf.write_text(f"country=CN\n{network}", "utf-8")
    child = w.spawn(
        space, "wpa_supplicant", "-D", "nl80211", "-i", "eth0", "-c", str(conf)
    )
    log = w.processes.log_of(child)
    threading.Thread(target=_sell, args=(w, space, log), daemon=True).start()


def _sell(w: World, space: str, log: Path) -> None:
    while "CTRL-EVENT-CONNECTED" not in log.read_text("utf-8", "replace"):
        time.sleep(0.2)
    config = {
        "dhcp": "dhclient",
        "host": w.plan.name,
        "port": w.plan.port,
        "ca": str(w.certs / "ca.pem"),
        "folder": str(w.folder / "pos"),
    }
    w.spawn(space, "python3", "-I", POS, json.dumps(config))


def evidence(w: World) -> list[str]:
    """What the terminal's own supplicant says of an access point of hostapd that has
    the profile's name and passphrase."""
    if not w.terminal:
        return ["nobody"]
    wifi: dict[str, Any] = w.profile["wifi"]
    kind = "SAE\nieee80211w=2" if wifi["security"] == "wpa3" else "WPA-PSK"
    text = f"{HOSTED}ssid2={wifi['ssid'].encode().hex()}\nwpa=2\nwpa_key_mgmt={kind}\n"
    text += f"rsn_pairwise=CCMP\nwpa_passphrase={wifi['passphrase']}\n"
    conf = w.folder / "hosted.conf"
    conf.write_text(text, "utf-8")
    if w.before or not w.unmanaged:
        w.processes.kill("NetworkManager", "here")
        w.processes.kill("wpa_supplicant", "here")
    child = w.spawn(HERE, "hostapd", "-t", str(conf))
    w.processes.await_log(child, "AP-ENABLED", TRYING)
    space = w.stations[0].name
    log = next(w.folder.glob(f"*-{space}-wpa_supplicant.log"))
    end = time.monotonic() + TRYING
    while time.monotonic() < end:
        said = log.read_text("utf-8", "replace")
        if any(sign in said for sign in ENDS):
            break
        time.sleep(0.2)
    return said.splitlines()


def came_back(w: World) -> str:
    """ "" where the adapter is in its former network within the time, else a word."""
    end = time.monotonic() + BACK
    while time.monotonic() < end:
        if former_is_back(w):
            return ""
        time.sleep(0.25)
    return f"not back within {BACK} s: {run(HERE, 'iw', 'dev', 'wlan0', 'link')}"
