"""A child that switches network interfaces on again once its parent has ended.

`posdiag wifi capture` switches off what holds the radio. However it ends, also killed,
its end of the pipe on our standard input closes, and we put things back.
"""

import sys
from contextlib import suppress


def main() -> None:
    from posdiag.system._monitor_radio import switch

    sys.stdin.buffer.read()
    for name in sys.argv[1:]:
        with suppress(OSError):
            switch(name, True)


if __name__ == "__main__":
    main()
