"""What is to be joined, as it travels to the child process, and what it means in the
words of wpa_supplicant and of NetworkManager. Pure."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from posdiag.formats.dot11.psk import pairwise_master_key
from posdiag.model.questions.wifi import JoinWifi


@dataclass(frozen=True, slots=True)
class Order:
    """A `JoinWifi` question whose passphrase may be written down, for a pipe only."""

    interface: str
    ssid: bytes
    security: str
    hidden: bool
    attempts: int
    attempt_timeout: float
    lease_timeout: float
    hold: bool
    passphrase: str = field(repr=False)


def to_json(question: JoinWifi) -> dict[str, Any]:
    fields = {f.name: getattr(question, f.name) for f in dataclasses.fields(question)}
    return {"do": "join", **fields}


def from_json(fields: dict[str, Any]) -> Order:
    known = {f.name: fields[f.name] for f in dataclasses.fields(Order)}
    return Order(**{**known, "ssid": bytes.fromhex(known["ssid"])})


def settled(order: Order, offered: str) -> Order:
    """The order with its security decided. `offered` is what the access point was heard
    to offer: "open", "wep", "wpa", or "" where it is not known."""
    if order.security:
        return order
    if not order.passphrase or offered == "open":
        return dataclasses.replace(order, security="open")
    return dataclasses.replace(order, security="wep" if offered == "wep" else "")


def usable(order: Order) -> bool:
    """Can a passphrase of this form be tried at all? Its judgement is not ours."""
    secret = order.passphrase.encode()
    if not 1 <= len(order.ssid) <= 32 or b"\0" in secret:
        return False
    if order.security == "open":
        return True
    if order.security == "wep":
        return wep_key(order.passphrase) is not None
    if order.security == "wpa3":
        return 1 <= len(secret) <= 128
    return 8 <= len(secret) <= 63 or is_hex(order.passphrase, 64)


def is_hex(text: str, *lengths: int) -> bool:
    return len(text) in lengths and all(c in "0123456789abcdefABCDEF" for c in text)


def wep_key(passphrase: str) -> str | None:
    """A WEP key in hexadecimal: 5 or 13 octets, or 10 or 26 digits."""
    if is_hex(passphrase, 10, 26):
        return passphrase
    octets = passphrase.encode()
    return octets.hex() if len(octets) in (5, 13) else None


def _quotable(text: str) -> bool:
    """May it stand in quotes? Line breaks and odd characters do not survive them."""
    plain = text.isascii() and text.isprintable() and '"' not in text
    return plain and 8 <= len(text) <= 63


def _secrets(order: Order) -> dict[str, str]:
    """As it is, where that can be; else the key made of it, and for SAE its octets."""
    text = order.passphrase
    sae = {"sae_password": text.encode().hex()}
    # `mem_only_psk`: never into a stored configuration, whoever asks wpa_supplicant to
    # save its own. It waits for ever for a `psk` that is not set.
    if _quotable(text):
        return {"mem_only_psk": "1", "psk": f'"{text}"'}
    if order.security == "wpa3":
        return sae
    psk = pairwise_master_key(text, order.ssid).hex()
    key = {"mem_only_psk": "1", "psk": psk}
    return key if order.security == "wpa2" else {**key, **sae}


def supplicant_network(order: Order) -> dict[str, str]:
    """The values of SET_NETWORK, in the order in which they must be set."""
    base = {"ssid": order.ssid.hex(), "scan_ssid": "1" if order.hidden else "0"}
    if order.security == "open":
        return {**base, "key_mgmt": "NONE"}
    if order.security == "wep":
        key = wep_key(order.passphrase) or ""
        return {**base, "key_mgmt": "NONE", "wep_key0": key, "wep_tx_keyidx": "0"}
    return {**base, **KEYED[order.security], **_secrets(order)}


EVERY = "WPA-PSK WPA-PSK-SHA256 SAE"
RSN = {"proto": "RSN", "pairwise": "CCMP"}
KEYED: dict[str, dict[str, str]] = {
    "wpa2": {**RSN, "key_mgmt": "WPA-PSK", "ieee80211w": "0"},
    "wpa3": {**RSN, "key_mgmt": "SAE", "ieee80211w": "2"},
    "wpa2-wpa3": {**RSN, "key_mgmt": EVERY, "ieee80211w": "1"},
    "": {"key_mgmt": EVERY, "proto": "RSN WPA", "ieee80211w": "1"},
}
"""How a terminal of each kind joins; "" takes whatever is offered."""

PMF_OPTIONAL, PMF_REQUIRED = 2, 3  # NMSettingWirelessSecurityPmf
AGENT_OWNED = 1  # NMSettingSecretFlags: asked of us, kept nowhere


def manager_security(order: Order) -> dict[str, Any] | None:
    """The `802-11-wireless-security` setting of NetworkManager without its secret; None
    for an open network. Values are (D-Bus type, value)."""
    rsn = {"proto": ("as", ["rsn"]), "pairwise": ("as", ["ccmp"])}
    psk = {"key-mgmt": ("s", "wpa-psk"), "psk-flags": ("u", AGENT_OWNED)}
    match order.security:
        case "open":
            return None
        case "wep":
            flags = ("u", AGENT_OWNED)
            kind = {"wep-key-type": ("u", 1), "wep-tx-keyidx": ("u", 0)}
            return {"key-mgmt": ("s", "none"), "wep-key-flags": flags, **kind}
        # Not without it for WPA2: NetworkManager tries WPA3 by itself where both are
        # offered, and no access point lets WPA3 in without (status 31).
        case "wpa2" | "wpa2-wpa3":
            return {**psk, **rsn, "pmf": ("i", PMF_OPTIONAL)}
        case "wpa3":
            return {**psk, **rsn, "key-mgmt": ("s", "sae"), "pmf": ("i", PMF_REQUIRED)}
    return psk


def manager_secret(order: Order) -> dict[str, str]:
    if order.security == "wep":
        return {"wep-key0": wep_key(order.passphrase) or ""}
    return {"psk": order.passphrase}
