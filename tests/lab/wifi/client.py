"""The machine that posdiag runs on: wpa_supplicant alone, or NetworkManager.

`start` brings it up, joined to a network beforehand where the world wants it.
"""

import os
import subprocess
import time
from pathlib import Path

from tests.lab.netns import HERE, run
from tests.lab.wifi.air import Ap
from tests.lab.wifi.control import Control, block
from tests.lab.wifi.world import World

JOIN = 60.0  # the guest's seconds for the connection that a case begins with
CONNECTIONS = Path("/etc/NetworkManager/system-connections")


def start(world: World) -> None:
    if world.unmanaged:
        run(HERE, "ip", "link", "set", "wlan0", "up")
    elif world.way == "nm":
        _network_manager(world)
    else:
        supplicant(world)
    if world.wired:  # names are asked by cable, whatever a lease by Wi-Fi has written
        text = f"nameserver {world.plan.router}\n"
        Path("/etc/resolv.conf").write_text(text, "ascii")


# wpa_supplicant alone


def supplicant(world: World) -> None:
    conf = world.folder / "client.conf"
    text = "ctrl_interface=DIR=/run/wpa_supplicant\ncountry=CN\n"
    before = world.before
    if before is not None:
        kind = profile_security(before.ap)
        text += block(before.ap.ssid, kind, before.passphrase, before.ap.hidden)
    conf.write_text(text, "utf-8")
    world.spawn(HERE, "wpa_supplicant", "-D", "nl80211", "-i", "wlan0", "-c", str(conf))
    _await_path(Path("/run/wpa_supplicant/wlan0"))
    if before is not None:
        control = Control("wlan0", attach=False)
        if not control.until("wpa_state=COMPLETED", JOIN):
            raise RuntimeError(f"not joined beforehand: {control.ask('STATUS')}")
        control.close()
        if not dhclient(world):
            raise RuntimeError("no address beforehand")


def dhclient(world: World, patience: float = 30.0) -> bool:
    """Ask for an address, and go on renewing it."""
    folder = world.folder
    conf = folder / "dhclient.conf"
    conf.write_text(f"timeout {patience:.0f};\n", "ascii")
    log = folder / "dhclient.log"
    with log.open("a") as out:
        done = subprocess.run(
            ["dhclient", "-1", "-v", "-pf", f"{folder}/dhclient.pid", "-lf",
             f"{folder}/dhclient.leases", "-cf", str(conf), "wlan0"],
            stdout=out, stderr=out, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    shown = run(HERE, "ip", "-4", "addr", "show", "wlan0")
    return done.returncode == 0 and "inet " in shown


def profile_security(ap: Ap) -> str:
    """How a client is set that is to join this access point."""
    known = {"open": "open", "wep": "wep", "wpa3": "wpa3", "wpa2": "wpa2"}
    return known.get(ap.security, "any")


# NetworkManager


def _network_manager(world: World) -> None:
    os.makedirs("/run/dbus", exist_ok=True)
    os.makedirs("/run/udev", exist_ok=True)
    os.makedirs("/var/lib/NetworkManager", exist_ok=True)
    Path("/etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n", "ascii")
    CONNECTIONS.mkdir(parents=True, exist_ok=True)
    if world.before is not None:
        write_connection(world.before.ap, world.before.passphrase)
    world.spawn(HERE, "dbus-daemon", "--system", "--nofork", "--nopidfile")
    _await_path(Path("/run/dbus/system_bus_socket"))
    world.spawn(HERE, "/lib/systemd/systemd-udevd")
    _await_command("udevadm", "control", "--ping")
    run(HERE, "udevadm", "trigger", "--type=devices", "--action=add")
    run(HERE, "udevadm", "settle")
    world.spawn(
        HERE, "wpa_supplicant", "-u", "-O", "DIR=/run/wpa_supplicant GROUP=netdev"
    )
    world.spawn(HERE, "NetworkManager", "--debug", "--log-level=INFO")
    _await_state("connected" if world.before else "disconnected")


def _await_state(wanted: str) -> None:
    """The state that NetworkManager gives to wlan0."""
    end, state = time.monotonic() + JOIN, ""
    while time.monotonic() < end:
        state = subprocess.run(
            ["nmcli", "-t", "-f", "DEVICE,STATE", "dev"], capture_output=True,
            text=True, check=False,
        ).stdout  # fmt: skip
        if f"wlan0:{wanted}\n" in state:
            return
        time.sleep(0.5)
    raise RuntimeError(f"NetworkManager: wlan0 is not {wanted}: {state}")


def write_connection(ap: Ap, passphrase: str, name: str = "Before") -> None:
    """A stored connection, as NetworkManager keeps it."""
    octets = "".join(f"{b};" for b in ap.ssid)
    text = (
        f"[connection]\nid={name}\ntype=wifi\ninterface-name=wlan0\nautoconnect=true\n"
    )
    text += f"[wifi]\nssid={octets}\nhidden={str(ap.hidden).lower()}\n"
    if ap.security == "wep":
        text += f"[wifi-security]\nkey-mgmt=none\nwep-key0={passphrase}\n"
    elif ap.security != "open":
        kind = "sae" if ap.security == "wpa3" else "wpa-psk"
        escaped = passphrase.replace("\\", "\\\\")
        text += f"[wifi-security]\nkey-mgmt={kind}\npsk={escaped}\n"
    text += "[ipv4]\nmethod=auto\n[ipv6]\nmethod=disabled\n"
    path = CONNECTIONS / f"{name}.nmconnection"
    path.write_text(text, "utf-8")
    path.chmod(0o600)


def former_is_back(world: World) -> bool:
    """Joined to A, with an address of A's network."""
    if world.before is None:
        raise RuntimeError("nothing to come back to")
    link = run(HERE, "iw", "dev", "wlan0", "link")
    address = run(HERE, "ip", "-4", "addr", "show", "wlan0")
    route = run(HERE, "ip", "-4", "route", "show", "dev", "wlan0")
    return (
        world.before.ap.bssid in link
        and "inet 192.168.219." in address
        and "192.168.219.0/24" in route
    )


def _await_path(path: Path, patience: float = 10.0) -> None:
    end = time.monotonic() + patience
    while not path.exists():
        if time.monotonic() > end:
            raise RuntimeError(f"{path} does not appear")
        time.sleep(0.02)


def _await_command(*command: str, patience: float = 10.0) -> None:
    end = time.monotonic() + patience
    while subprocess.run(command, capture_output=True, check=False).returncode != 0:
        if time.monotonic() > end:
            raise RuntimeError(f"{' '.join(command)} fails")
        time.sleep(0.05)
