"""A terminal made of real parts: a DHCP client or fixed settings, then sales by TLS.

Runs in the terminal's namespace; its argument is a JSON object (see `Pos`). It knows
nothing of posdiag. DNS is asked by datagrams of its own, so that the server is the one
that it was set to.
"""

import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SCRIPT = """#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/${mask:-24}" dev "$interface"
for r in $router; do ip route replace default via "$r"; done
echo "$dns" > "$POS_STATE"
"""
DHCPCD = """#!/bin/sh
[ "$reason" = BOUND ] && echo "$new_domain_name_servers" > {state}
exit 0
"""
DHCLIENT = """#!/bin/sh
case "$reason" in BOUND|RENEW|REBOOT) ;; *) exit 0 ;; esac
ip addr flush dev "$interface"
ip addr add "$new_ip_address/$new_subnet_mask" dev "$interface"
for r in $new_routers; do ip route replace default via "$r"; done
echo "$new_domain_name_servers" > "$POS_STATE"
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=False, capture_output=True)


class Pos:
    """Keys: `dhcp` (udhcpc, dhclient, dhcpcd) or `address` (CIDR), `gateway`, `dns`;
    `host`, `port`, `client` (openssl3, openssl, gnutls, mbedtls, plain), its options,
    and the words that start its `program` where it is of another release;
    `every` seconds between sales; `hostname` of its lease; `wait` before it is plugged
    in; `folder` for its files."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.folder = Path(config["folder"])
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state = self.folder / "dns"
        self.dns = list(config.get("dns", []))
        self.number = 0

    def run(self) -> None:
        time.sleep(self.config.get("wait", 0.0))
        ip("link", "set", "lo", "up")
        ip("link", "set", "eth0", "up")
        if self.config.get("dhcp"):
            self.lease()
        else:
            ip("addr", "add", self.config["address"], "dev", "eth0")
            if self.config.get("gateway"):
                ip("route", "add", self.config["gateway"], "dev", "eth0")
                ip("route", "add", "default", "via", self.config["gateway"])
            if self.config.get("announce", True):
                self.announce()
        for step in self.config.get("chatter", []):
            self.chat(step)
        while self.config.get("host"):
            self.sale()
            time.sleep(self.config.get("every", 4.0))
        while True:
            for step in self.config.get("chatter", []):
                self.chat(step)
            time.sleep(3.0)

    def announce(self) -> None:
        address = self.config["address"].partition("/")[0]
        subprocess.run(
            ["arping", "-q", "-U", "-c", "1", "-I", "eth0", address],
            check=False,
            capture_output=True,
        )

    def lease(self) -> None:
        kind = self.config["dhcp"]
        script = self.folder / "script"
        text = {"udhcpc": SCRIPT, "dhclient": DHCLIENT, "dhcpcd": DHCPCD}[kind]
        script.write_text(text.replace("{state}", str(self.state)), "ascii")
        script.chmod(0o755)
        env = {**os.environ, "POS_STATE": str(self.state)}
        lease = str(self.folder / "leases")
        named = self.config.get("hostname")
        hostname = ["-x", f"hostname:{named}"] if named else []
        commands = {
            "udhcpc": ["udhcpc", "-f", "-i", "eth0", "-s", str(script), *hostname],
            "dhclient": [
                "dhclient", "-d", "-e", f"POS_STATE={self.state}",
                "-sf", str(script), "-lf", lease,
                "-pf", str(self.folder / "pid"), "eth0",
            ],
            "dhcpcd": ["dhcpcd", "-B", "-4", "-c", str(script), "eth0"],
        }  # fmt: skip
        subprocess.Popen(
            commands[kind],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not self.state.exists() or not self.state.read_text("ascii").strip():
            time.sleep(0.1)
        self.dns = self.dns or self.state.read_text("ascii").split()

    # --- names -------------------------------------------------------------------

    def resolve(self, name: str) -> str | None:
        try:
            socket.inet_aton(name)
        except OSError:
            pass
        else:
            return name
        for server in [*self.dns, *self.dns]:
            answer = self.ask(server, name)
            if answer is not None:
                return answer or None
        return None

    def ask(self, server: str, name: str) -> str | None:
        """An address, "" for no such name, None for no answer."""
        self.number += 1
        head = struct.pack(">HHHHHH", self.number, 0x0100, 1, 0, 0, 0)
        labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
        query = head + labels + b"\0" + struct.pack(">HH", 1, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(self.config.get("patience", 3.0))
            try:
                sock.sendto(query, (server, 53))
                data = sock.recv(2048)
            except OSError:
                time.sleep(0.5)
                return None
        if data[3] & 0xF:
            return ""
        return socket.inet_ntoa(data[-4:]) if data[6:8] != b"\0\0" else ""

    # --- sales -------------------------------------------------------------------

    def sale(self) -> None:
        address = self.resolve(self.config["host"])
        if address is None:
            return
        client = self.config.get("client", "openssl3")
        try:
            getattr(self, f"by_{client}")(address, self.config["port"])
        except (OSError, ValueError):
            return

    def message(self) -> bytes:
        text: str = self.config.get("marker", "0800 sale")
        return text.encode().ljust(120, b".")

    def by_plain(self, address: str, port: int) -> None:
        with socket.create_connection((address, port), 6.0) as sock:
            sock.sendall(self.message())
            sock.settimeout(8.0)
            sock.recv(4096)

    def by_openssl3(self, address: str, port: int) -> None:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = self.config.get("check_name", True)
        if self.config.get("ca"):
            made.load_verify_locations(self.config["ca"])
        else:
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
        for key in ("minimum_version", "maximum_version"):
            if key in self.config:
                made.set_ciphers("ALL:@SECLEVEL=0")
                setattr(made, key, ssl.TLSVersion[self.config[key]])
        if self.config.get("client_pem"):
            made.load_cert_chain(self.config["client_pem"])
        name = self.config.get("server_name", self.config["host"])
        with socket.create_connection((address, port), 6.0) as sock:
            sock.settimeout(8.0)
            with made.wrap_socket(sock, server_hostname=name) as tls:
                tls.sendall(self.message())
                tls.recv(4096)

    def by_openssl(self, address: str, port: int) -> None:
        command = [
            *self.config.get("prefix", []),
            *self.config.get("program", ["openssl"]),
            "s_client", "-quiet", "-verify_return_error",
            "-connect", f"{address}:{port}", "-servername", self.config["host"],
            *self.config.get("options", []),
        ]  # fmt: skip
        self._pipe(command)

    def by_gnutls(self, address: str, port: int) -> None:
        command = [
            *self.config.get("prefix", []),
            *self.config.get("program", ["gnutls-cli"]), "--port", str(port),
            "--sni-hostname", self.config["host"],
            "--verify-hostname", self.config["host"],
            *self.config.get("options", []), address,
        ]  # fmt: skip
        self._pipe(command)

    def by_mbedtls(self, address: str, port: int) -> None:
        words = [address, str(port), self.config["host"], self.config["ca"]]
        script = str(Path(__file__).with_name("mbed.py"))
        command = [
            *self.config.get("prefix", []),
            sys.executable, "-I", script, *words, self.message().decode(),
            *self.config.get("options", []),
        ]  # fmt: skip
        subprocess.run(command, stdin=subprocess.DEVNULL, check=False, timeout=20)

    def _pipe(self, command: list[str]) -> None:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert child.stdin is not None
        try:
            time.sleep(0.7)
            child.stdin.write(self.message() + b"\n")
            child.stdin.flush()
            time.sleep(1.5)
            child.stdin.close()
            child.wait(4)
        except (OSError, subprocess.TimeoutExpired):
            pass
        finally:
            child.kill()
            child.wait()

    # --- other traffic -----------------------------------------------------------

    def chat(self, step: list[Any]) -> None:
        """["udp", address, port, text], ["name", name], ["tcp", address, port],
        ["sleep"]."""
        try:
            if step[0] == "udp":
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                    text = step[3] if len(step) > 3 else "x" * 48
                    sock.sendto(text.encode(), (step[1], step[2]))
            elif step[0] == "name":
                self.resolve(step[1])
            elif step[0] == "tcp":
                with socket.create_connection((step[1], step[2]), 2.0) as sock:
                    sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    sock.settimeout(2.0)
                    sock.recv(100)
            elif step[0] == "sleep":
                time.sleep(step[1])
        except OSError:
            return


if __name__ == "__main__":
    Pos(json.loads(sys.argv[1])).run()
