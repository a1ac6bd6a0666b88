"""What does the world show by itself, without posdiag? Lines of evidence.

The lab's own client does what the case is about: it joins as the profile says (or looks
at the connection it has), asks for an address and speaks to the acquirer.
"""

import socket
import subprocess
from contextlib import suppress

from tests.lab.netns import HERE, run
from tests.lab.wifi import client, hosted
from tests.lab.wifi.control import Control, settings
from tests.lab.wifi.world import World

JOIN = 25.0  # the guest's seconds
ENDS = ("CTRL-EVENT-CONNECTED", "CTRL-EVENT-SSID-TEMP-DISABLED")


def evidence(world: World) -> list[str]:
    if world.wired:
        return hosted.evidence(world)
    if world.unmanaged:
        client.supplicant(world)
    lines = [f"heard {line}" for line in scan()]
    if "--allow-join" in world.args:
        lines += _nm(world) if world.way == "nm" else _supplicant(world)
    lines.append(_link())
    return lines + _beyond(world)


def scan() -> list[str]:
    """All that is heard: BSSID, frequency, level, flags, name.

    By the supplicant: `iw scan` spins for 20 s where NetworkManager scans beside it.
    """
    run(HERE, "ip", "link", "set", "wlan0", "up")
    control = Control("wlan0")
    for _ in range(3):
        control.ask("SCAN")
        if control.await_event("CTRL-EVENT-SCAN-RESULTS", patience=8):
            break
    found = control.ask("SCAN_RESULTS").splitlines()[1:]
    control.close()
    return [" ".join(line.split("\t")) for line in found]


def security(world: World) -> str:
    return world.trial_security or str(world.profile["wifi"]["security"])


def _supplicant(world: World) -> list[str]:
    wifi = world.profile["wifi"]
    control = Control("wlan0")
    number = control.ask("ADD_NETWORK")
    control.ask(f"SET_NETWORK {number} ssid {wifi['ssid'].encode().hex()}")
    control.ask(f"SET_NETWORK {number} scan_ssid {int(bool(wifi.get('hidden')))}")
    for key, value in settings(security(world), wifi.get("passphrase", "")).items():
        control.ask(f"SET_NETWORK {number} {key} {value}")
    control.events.clear()
    control.ask(f"SELECT_NETWORK {number}")
    control.await_event(*ENDS, patience=JOIN)
    lines = list(control.events)
    control.close()
    if any("CTRL-EVENT-CONNECTED" in line for line in lines):
        lines.append("lease" if client.dhclient(world, 15) else "no lease")
    return lines


def _nm(world: World) -> list[str]:
    wifi = world.profile["wifi"]
    command = [
        "nmcli", "con", "add", "type", "wifi", "con-name", "trial", "ifname", "wlan0",
        "ssid", wifi["ssid"], "ipv6.method", "disabled", "ipv4.dhcp-timeout", "15",
    ]  # fmt: skip
    if wifi.get("hidden"):
        command += ["wifi.hidden", "yes"]
    secret, kind = wifi.get("passphrase", ""), security(world)
    if kind == "wep":
        command += ["wifi-sec.key-mgmt", "none", "wifi-sec.wep-key0", secret]
    elif kind != "open":
        keys = "sae" if kind == "wpa3" else "wpa-psk"
        command += ["wifi-sec.key-mgmt", keys, "wifi-sec.psk", secret]
    run(HERE, *command)
    done = subprocess.run(
        ["nmcli", "con", "up", "trial"], capture_output=True, text=True, check=False
    )
    said = (done.stdout + done.stderr).strip()
    return [f"nmcli {line}" for line in said.splitlines()]


def _link() -> str:
    text = run(HERE, "iw", "dev", "wlan0", "link")
    return "link " + " ".join(text.split())


def _beyond(world: World) -> list[str]:
    """Gateway, name and acquirer, as an application would use them."""
    if "inet " not in run(HERE, "ip", "-4", "addr", "show", "wlan0"):
        return ["address none"]
    router = world.plan.router
    pinged = subprocess.run(
        ["ping", "-c", "3", "-i", "0.3", "-W", "2", router],
        capture_output=True,
        check=False,
    )
    lines = [f"gateway {'answers' if pinged.returncode == 0 else 'silent'}"]
    name, port = world.profile["acquirer"]["host"], world.plan.port
    found = subprocess.run(
        ["timeout", "20", "getent", "ahostsv4", name], capture_output=True, check=False
    )
    lines.append(f"name {'found' if found.returncode == 0 else 'not found'}")
    outcome = "open"
    with socket.socket() as plug:
        plug.settimeout(8)
        try:
            plug.connect((world.plan.acquirer, port))
        except ConnectionRefusedError:
            outcome = "refused"
        except OSError:
            outcome = "silent"
        with suppress(OSError):
            plug.shutdown(socket.SHUT_RDWR)
    return [*lines, f"acquirer {outcome}"]
