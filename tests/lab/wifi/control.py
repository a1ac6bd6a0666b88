"""How does the lab's own client speak to wpa_supplicant's control socket?"""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path

SOCKETS = Path("/run/wpa_supplicant")


class Control:
    """Commands and events of one interface."""

    def __init__(self, interface: str, attach: bool = True) -> None:
        self.path = Path(f"/tmp/lab-control-{os.getpid()}-{id(self):x}")
        self.events: list[str] = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(10)
        self.socket.connect(str(SOCKETS / interface))
        if attach:
            self.ask("ATTACH")

    def close(self) -> None:
        self.socket.close()
        self.path.unlink(missing_ok=True)

    def ask(self, command: str) -> str:
        """The answer; events that come in between are kept."""
        self.socket.send(command.encode())
        while True:
            text = self.socket.recv(65536).decode("utf-8", "replace").strip()
            if not text.startswith("<"):
                return text
            self.events.append(text[3:])

    def await_event(self, *signs: str, patience: float) -> bool:
        """Until one of these events is heard."""
        end = time.monotonic() + patience
        while True:
            if any(s in e for e in self.events for s in signs):
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            self.socket.settimeout(left)
            with suppress(TimeoutError):
                text = self.socket.recv(65536).decode("utf-8", "replace").strip()
                self.events.append(text[3:])
            self.socket.settimeout(10)

    def until(self, sign: str, patience: float) -> bool:
        """Until STATUS says so."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if sign in self.ask("STATUS"):
                return True
            time.sleep(0.1)
        return False


def block(ssid: bytes, security: str, passphrase: str, hidden: bool = False) -> str:
    """A network block as wpa_supplicant reads it."""
    lines = [f"ssid={ssid.hex()}", f"scan_ssid={int(hidden)}"]
    lines += [f"{k}={v}" for k, v in settings(security, passphrase).items()]
    return "network={\n " + "\n ".join(lines) + "\n}\n"


def settings(security: str, passphrase: str) -> dict[str, str]:
    """What a client that does `security` and no more is set to."""
    quoted = f'"{passphrase}"'
    if security == "open":
        return {"key_mgmt": "NONE"}
    if security == "wep":
        key = passphrase if len(passphrase) in (10, 26) else quoted
        return {"key_mgmt": "NONE", "wep_key0": key, "wep_tx_keyidx": "0"}
    if security == "wpa3":
        return {"key_mgmt": "SAE", "sae_password": quoted, "ieee80211w": "2"}
    if security == "wpa2-wpa3":
        return {"key_mgmt": "WPA-PSK SAE", "psk": quoted, "ieee80211w": "1"}
    if security == "any":  # TKIP too, PMF too
        keys = "WPA-PSK WPA-PSK-SHA256 SAE"
        return {"key_mgmt": keys, "psk": quoted, "ieee80211w": "1"}
    rsn = {"proto": "RSN", "pairwise": "CCMP", "group": "CCMP TKIP"}
    return {"key_mgmt": "WPA-PSK", "psk": quoted, "ieee80211w": "0", **rsn}
