"""A child that switches network interfaces on again once its parent has ended.

`posdiag wifi capture` switches off what holds the radio. However it ends, also killed,
its end of the pipe on our standard input closes, and we put things back. Arguments:
names of interfaces, `--`, numbers of Wi-Fi Direct devices in hexadecimal.
"""

import sys
from contextlib import suppress


def main() -> None:
    from posdiag.system.wifi.nl80211.adapters import start_direct, switch
    from posdiag.system.wifi.nl80211.messages import kernel

    sys.stdin.buffer.read()
    at = sys.argv.index("--")
    for name in sys.argv[1:at]:
        with suppress(OSError):
            switch(name, True)
    for wdev in sys.argv[at + 1 :]:
        with suppress(OSError), kernel() as family:
            start_direct(family, bytes.fromhex(wdev))


if __name__ == "__main__":
    main()
