"""The request to the child process that joins a network, and the settings that it
means for wpa_supplicant and NetworkManager. Pure."""

from dataclasses import dataclass, fields, replace
from typing import Any

from posdiag.formats.dot11.passphrase import is_master_key
from posdiag.formats.dot11.psk import pairwise_master_key
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.site import Secret
from posdiag.system.core.codec import encode, read


@dataclass(frozen=True, slots=True)
class OfferWifi(JoinWifi):
    """Leave the present network, be the access point of this one, and return."""


def to_json(request: JoinWifi) -> dict[str, Any]:
    """For the child's standard input, the one place where the passphrase is written in
    clear."""
    secret = request.passphrase
    return {
        "join": encode(_as(JoinWifi, request)),
        "offer": isinstance(request, OfferWifi),
        "passphrase": secret and secret.reveal(),
    }


def from_json(line: dict[str, Any]) -> JoinWifi:
    request, passphrase = read(line["join"], JoinWifi), line["passphrase"]
    request = _as(OfferWifi if line["offer"] else JoinWifi, request)
    return replace(request, passphrase=passphrase and Secret(passphrase))


def _as(kind: type[JoinWifi], request: JoinWifi) -> JoinWifi:
    return kind(**{each.name: getattr(request, each.name) for each in fields(JoinWifi)})


def with_security(request: JoinWifi, offered: str) -> JoinWifi:
    """Decide the security that was left open. `offered` by the access point: "open",
    "wep", "wpa", or "" where it is not known."""
    if request.security:
        return request
    if request.passphrase is None or offered == "open":
        return replace(request, security="open")
    return replace(request, security="wep" if offered == "wep" else "")


def usable(request: JoinWifi) -> bool:
    """Has the passphrase a form that can be tried at all?"""
    text = _passphrase(request)
    octets = text.encode()
    if not 1 <= len(bytes.fromhex(request.ssid)) <= 32 or b"\0" in octets:
        return False
    if request.security == "open":
        return True
    if request.security == "wep":
        return _wep_key(text) is not None
    if request.security == "wpa3":
        return 1 <= len(octets) <= 128
    return 8 <= len(octets) <= 63 or is_master_key(text)


def _passphrase(request: JoinWifi) -> str:
    return request.passphrase.reveal() if request.passphrase is not None else ""


def _wep_key(text: str) -> str | None:
    """A WEP key in hexadecimal: of 5 or 13 octets, or 10 or 26 digits."""
    if len(text) in (10, 26) and all(c in "0123456789abcdefABCDEF" for c in text):
        return text
    octets = text.encode()
    return octets.hex() if len(octets) in (5, 13) else None


def _quotable(text: str) -> bool:
    """May it be quoted? Line breaks and odd characters are not preserved in quotes."""
    plain = text.isascii() and text.isprintable() and '"' not in text
    return plain and 8 <= len(text) <= 63


def _keys(request: JoinWifi) -> dict[str, str]:
    """The passphrase as it is, where it can be quoted; else the key derived from it,
    and for SAE its octets."""
    text = _passphrase(request)
    sae = {"sae_password": text.encode().hex()}
    # `mem_only_psk` keeps it out of the configuration file, also if another client has
    # wpa_supplicant save it. Without `psk` it would wait for one for ever.
    if _quotable(text):
        return {"mem_only_psk": "1", "psk": f'"{text}"'}
    if request.security == "wpa3":
        return sae
    key = pairwise_master_key(text, bytes.fromhex(request.ssid)).hex()
    psk = {"mem_only_psk": "1", "psk": key}
    return psk if request.security == "wpa2" else {**psk, **sae}


def supplicant_network(request: JoinWifi) -> dict[str, str]:
    """The values of SET_NETWORK, in the order in which they must be set."""
    base = {"ssid": request.ssid, "scan_ssid": "1" if request.hidden else "0"}
    if isinstance(request, OfferWifi):
        hidden = {"ignore_broadcast_ssid": "1"} if request.hidden else {}
        base = {"ssid": request.ssid, "mode": "2", "frequency": CHANNEL_6, **hidden}
    if request.security == "open":
        return {**base, "key_mgmt": "NONE"}
    if request.security == "wep":
        key = _wep_key(_passphrase(request)) or ""
        return {**base, "key_mgmt": "NONE", "wep_key0": key, "wep_tx_keyidx": "0"}
    return {**base, **KEY_MANAGEMENT[request.security], **_keys(request)}


CHANNEL_6 = "2437"  # MHz: allowed everywhere, and the commonest
ANY_AKM = "WPA-PSK WPA-PSK-SHA256 SAE"
RSN = {"proto": "RSN", "pairwise": "CCMP"}
KEY_MANAGEMENT: dict[str, dict[str, str]] = {
    "wpa2": {**RSN, "key_mgmt": "WPA-PSK", "ieee80211w": "0"},
    "wpa3": {**RSN, "key_mgmt": "SAE", "ieee80211w": "2"},
    "wpa2-wpa3": {**RSN, "key_mgmt": ANY_AKM, "ieee80211w": "1"},
    "": {"key_mgmt": ANY_AKM, "proto": "RSN WPA", "ieee80211w": "1"},
}
"""How a terminal of each kind joins; "" accepts whatever is offered."""

PMF_OFF, PMF_OPTIONAL, PMF_REQUIRED = 1, 2, 3  # NMSettingWirelessSecurityPmf
AGENT_OWNED = 1  # NMSettingSecretFlags: asked of an agent, stored nowhere


def manager_security(request: JoinWifi) -> dict[str, Any] | None:
    """The `802-11-wireless-security` setting of NetworkManager without its secret; None
    for an open network. Values are (D-Bus type, value)."""
    rsn = {"proto": ("as", ["rsn"]), "pairwise": ("as", ["ccmp"])}
    psk = {"key-mgmt": ("s", "wpa-psk"), "psk-flags": ("u", AGENT_OWNED)}
    match request.security:
        case "open":
            return None
        case "wep":
            flags = ("u", AGENT_OWNED)
            kind = {"wep-key-type": ("u", 1), "wep-tx-keyidx": ("u", 0)}
            return {"key-mgmt": ("s", "none"), "wep-key-flags": flags, **kind}
        # PMF also for WPA2: NetworkManager tries WPA3 by itself where both are offered,
        # and no access point accepts WPA3 without PMF (status 31).
        # An access point would offer WPA3 as well, whose refusals are not reported.
        case "wpa2" if isinstance(request, OfferWifi):
            return {**psk, **rsn, "pmf": ("i", PMF_OFF)}
        case "wpa2" | "wpa2-wpa3":
            return {**psk, **rsn, "pmf": ("i", PMF_OPTIONAL)}
        case "wpa3":
            return {**psk, **rsn, "key-mgmt": ("s", "sae"), "pmf": ("i", PMF_REQUIRED)}
    return psk


def manager_secret(request: JoinWifi) -> dict[str, str]:
    """What the agent answers to NetworkManager's GetSecrets."""
    text = _passphrase(request)
    if request.security == "wep":
        return {"wep-key0": _wep_key(text) or ""}
    return {"psk": text}
