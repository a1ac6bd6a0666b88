"""What the screen of this machine can show: a browser, menus."""

import os
import sys


def open_browser(address: str) -> None:
    """Open the user's own browser, where there is a desktop."""
    desktop = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if desktop:
        import webbrowser

        webbrowser.open(address)


def moves_cursor() -> bool:
    """Is standard input and output a terminal whose cursor can be moved? Windows needs
    no TERM for that."""
    dumb = os.environ.get("TERM", "") in ("", "dumb") and sys.platform != "win32"
    return sys.stdin.isatty() and sys.stdout.isatty() and not dumb
