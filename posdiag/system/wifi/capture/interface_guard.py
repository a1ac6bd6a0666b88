"""A child that sets network interfaces up again once its parent has ended.

`posdiag wifi capture` takes down what holds the channel. However it ends, even killed,
its end of the pipe on our standard input closes, and this restores them. Arguments:
interface names, `--`, wdev ids of Wi-Fi Direct devices in hexadecimal.
"""

import sys
from contextlib import suppress


def main() -> None:
    from posdiag.system.wifi.nl80211.adapters import set_up, start_p2p
    from posdiag.system.wifi.nl80211.messages import kernel

    sys.stdin.buffer.read()
    at = sys.argv.index("--")
    for name in sys.argv[1:at]:
        with suppress(OSError):
            set_up(name, True)
    for wdev in sys.argv[at + 1 :]:
        with suppress(OSError), kernel() as family:
            start_p2p(family, bytes.fromhex(wdev))
