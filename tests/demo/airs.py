"""Make the airs of the demonstration from recordings of the Wi-Fi lab.

    sudo .venv/bin/python -m tests.lab.wifi --way supplicant --record DIR --case ...
    .venv/bin/python -m tests.demo.airs DIR

Of each recording only what concerns the air is kept.
"""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from posdiag.demo.devices.wifi import ASKED
from tests import ROOT

AIRS = ROOT / "posdiag" / "demo" / "devices" / "airs"
#: The case of the Wi-Fi lab for each fault of the demonstration.
CASES = {
    "wifi.not-found": "absent",
    "wifi.name-mismatch": "name-case",
    "wifi.wrong-passphrase": "wrong",
    "wifi.terminal-wrong-passphrase": "terminal-wrong",
    "wifi.security-mismatch": "wpa3-only",
    "wifi.refused": "refused",
    "wifi.full": "full",
    "wifi.no-lease": "dhcp-silent",
    "wifi.weak-signal": "edge-joined",
    "wifi.interference": "crowded-join",
    "wifi.insecure": "open",
    "wifi.evil-twin": "twin-join",
}
CHANNELS = (2400, 5900)  # MHz; the simulated radio lists more than a laptop has


def document(recording: Path) -> dict[str, Any]:
    """The part of a recording that concerns the air, and its profile's network."""
    whole = json.loads(recording.read_text("utf-8"))
    profile = tomllib.loads(recording.with_suffix(".toml").read_text("utf-8"))
    kinds = {kind.__name__ for kind in ASKED}
    pairs = [pair for pair in whole["pairs"] if pair["question"]["is"] in kinds]
    for pair in pairs:
        channels = pair["answer"].get("channels", [])
        channels[:] = [
            c for c in channels if CHANNELS[0] < c["frequency"] < CHANNELS[1]
        ]
        channels[:] = [c for c in channels if not c["disabled"]]
    return {"schema": whole["schema"], "wifi": profile.get("wifi", {}), "pairs": pairs}


def main(folder: Path) -> None:
    for fault, case in CASES.items():
        found = document(folder / f"{case}.supplicant.json")
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        (AIRS / f"{fault}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
