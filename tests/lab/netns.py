"""How is a network namespace entered, filled and spoken to? Root only."""

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = ""  # the container's own namespace: the switch of the LAN
RUN = Path("/run/netns")
CLONE_NEWNET = 0x40000000
SIOCETHTOOL = 0x8946
# ETHTOOL_SRXCSUM, STXCSUM, SSG, STSO, SGSO, SGRO: packets on these wires must have the
# size and the checksums that they would have on a cable.
OFFLOADS = (0x15, 0x17, 0x19, 0x1F, 0x24, 0x2C)

_libc = ctypes.CDLL(None, use_errno=True)
_home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _setns(fd: int) -> None:
    if _libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def inside(name: str) -> Iterator[None]:
    """This thread in the namespace `name`; sockets made there stay there."""
    if name == HERE:
        yield
        return
    fd = os.open(RUN / name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _setns(fd)
        yield
    finally:
        _setns(_home)
        os.close(fd)


def wrap(name: str, command: Iterable[str]) -> list[str]:
    """The command line that runs `command` in the namespace, with its own /sys."""
    if name == HERE:
        return list(command)
    return ["ip", "netns", "exec", name, *command]


def run(name: str, *command: str, text: str = "") -> str:
    """Run to the end and give stdout; a failure here is the lab's own trouble."""
    done = subprocess.run(
        wrap(name, command), input=text, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout


def ip(name: str, *lines: str) -> None:
    """Several `ip` commands in one go."""
    at = ["-n", name] if name != HERE else []
    run(HERE, "ip", *at, "-batch", "-", text="\n".join(lines) + "\n")


def ip_json(name: str, *command: str) -> list[dict[str, Any]]:
    at = ["-n", name] if name != HERE else []
    found: list[dict[str, Any]] = json.loads(run(HERE, "ip", "-j", *at, *command))
    return found


def nft(name: str, rules: str) -> None:
    run(name, "nft", "-f", "-", text=rules)


def sysctl(name: str, **values: str | int) -> None:
    """`ipv4__ip_forward=1` sets net.ipv4.ip_forward."""
    with inside(name):
        for key, value in values.items():
            path = Path("/proc/sys/net", *key.split("__"))
            if path.exists():
                path.write_text(str(value), "ascii")


def plain_frames(name: str, interface: str) -> None:
    """Switch off every offload of an interface."""
    with inside(name), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        for command in OFFLOADS:
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            request = struct.pack("16sP", interface.encode(), ctypes.addressof(value))
            try:
                fcntl.ioctl(handle, SIOCETHTOOL, request.ljust(40, b"\0"))
            except OSError:
                continue  # this kernel does not have that one


def octets(name: str, interface: str) -> int:
    """Bytes received and sent by an interface, Ethernet headers included."""
    for link in ip_json(name, "-s", "link", "show"):
        if link["ifname"] == interface:
            stats = link["stats64"]
            return int(stats["rx"]["bytes"]) + int(stats["tx"]["bytes"])
    return 0  # a case took the interface away
