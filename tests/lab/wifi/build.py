"""How is a world built and set going, in the guest?"""

import time
from pathlib import Path

from tests.lab import services
from tests.lab.netns import HERE, ip, nft, run, sysctl
from tests.lab.wifi.medium import dump as dump_medium
from tests.lab.wifi.world import START, Station, World
from tests.lab.world import MASQUERADE

LOWEST = -100  # that a radio can be set to, before its power is added
STATION = -56  # dBm at which other clients are heard


def build(w: World) -> None:
    w.folder.mkdir(parents=True, exist_ok=True)
    for name, text in w.files.items():
        (w.folder / name).write_text(text, "utf-8")
    _country("CN")
    spaces = {"router", "isp", "net", *(p.space for p in w.placed)}
    spaces |= {s.name for s in w.stations}
    if w.monitor is not None:
        spaces.add("sniffer")
    ip(HERE, *(f"netns add {s}" for s in sorted(spaces)))
    for space in sorted(spaces):
        forwards = space in ("router", "isp") and (w.forwards or space == "isp")
        sysctl(
            space, ipv6__conf__default__disable_ipv6=1, ipv4__ip_forward=int(forwards)
        )
    _radios(w)
    _wires(w)
    for n, (name, rule, hook) in enumerate(w.drops):
        kind = f"type filter hook {hook} priority -5; policy accept;"
        chain = f"chain c {{ {kind}\n{rule}\n}}"
        nft(name, f"table inet lab{n} {{ {chain}\n}}\n")


def _country(name: str) -> None:
    """Until the rules are in force: before, channels 12 and 13 are not for us."""
    run(HERE, "iw", "reg", "set", name)
    end = time.monotonic() + START
    while f"country {name}:" not in run(HERE, "iw", "reg", "get"):
        if time.monotonic() > end:
            raise RuntimeError(f"the rules of {name} do not come into force")
        time.sleep(0.02)


def _radios(w: World) -> None:
    for placed in w.placed:
        _move(placed.radio, placed.space, placed.ap.bssid)
    for station in w.stations:
        _move(station.radio, station.name, "")
    if w.monitor is not None:
        _move(w.radios, "sniffer", "")
    if w.needs_medium():
        path = w.folder / "medium.json"
        path.write_text(dump_medium(w.all_rules(), w.radios + 1, w.seed), "utf-8")
        child = w.processes.spawn(
            HERE, "python3", "-m", "tests.lab.wifi.medium", str(path)
        )
        w.processes.await_log(child, "ready", START)


def _move(radio: int, space: str, address: str) -> None:
    run(HERE, "iw", "phy", f"phy{radio}", "set", "netns", "name", space)
    if address:
        ip(space, f"link set dev wlan{radio} address {address}")


def _wires(w: World) -> None:
    p = w.plan
    ip(
        HERE,
        "link add name wan0 netns router type veth peer name cust0 netns isp",
        "link add name net0 netns isp type veth peer name eth0 netns net",
    )
    ip(
        "router", "link set dev lo up", "link add lan0 type bridge",
        f"addr add {p.router}/{p.mask} dev lan0", "link set dev lan0 up",
        f"addr add {p.wan[2]}/30 dev wan0", "link set dev wan0 up",
        f"route add default via {p.wan[1]}",
    )  # fmt: skip
    nft("router", MASQUERADE)
    if w.wired:
        _cable(w)
    unknown = "blackhole" if p.unknown_silent else "unreachable"
    ip(
        "isp", "link set dev lo up", f"addr add {p.wan[1]}/30 dev cust0",
        f"addr add {p.net[1]}/24 dev net0", f"addr add {p.acq[1]}/24 dev net0",
        "link set dev cust0 up", "link set dev net0 up",
        f"route add {unknown} default",
    )  # fmt: skip
    hosts = [f"{h}/24" for h in (p.resolver, p.web, p.office, p.acquirer)]
    ip(
        "net", "link set dev lo up", *(f"addr add {h} dev eth0" for h in hosts),
        "link set dev eth0 up", f"route add default via {p.net[1]}",
    )  # fmt: skip


def _cable(w: World) -> None:
    """From the machine to the shop's router, and passt for what it hosts."""
    p = w.plan
    ip(HERE, "link add eth0 type veth peer name port9 netns router")
    ip("router", "link set dev port9 master lan0", "link set dev port9 up")
    ip(
        HERE, f"addr add {p.shop}/{p.mask} dev eth0", "link set dev eth0 up",
        f"route add default via {p.router}",
    )  # fmt: skip
    settings = Path("/etc/NetworkManager/conf.d")
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "dns.conf").write_text("[main]\ndns=none\n", "ascii")
    for program in Path("/programs").glob("passt*"):
        Path("/usr/bin", program.name).symlink_to(program)


def start(w: World) -> None:
    """Access points, servers, other clients; then what the case wants besides."""
    for space in dict.fromkeys(p.space for p in w.placed):
        _hostapd(w, space)
    _levels(w)
    _servers(w)
    for station in w.stations:
        if not station.later:
            start_station(w, station)
    for step in w.steps:
        step(w)


def _hostapd(w: World, space: str) -> None:
    files = []
    mine = [p for p in w.placed if p.space == space]
    for p in mine:
        text = p.ap.config(p.interface)
        if space == "router":
            text += "bridge=lan0\n"
        path = w.folder / f"hostapd-{p.radio}.conf"
        path.write_text(text, "utf-8")
        files.append(str(path))
    child = w.processes.spawn(space, "hostapd", "-t", *files)
    for p in mine:
        w.processes.await_log(child, f"{p.interface}: AP-ENABLED", START)


def _levels(w: World) -> None:
    """What the receivers read is the sender's level here, plus its power."""
    if w.needs_medium():
        return
    for p in w.placed:
        told = run(p.space, "iw", "dev", p.interface, "info")
        power = float(told.partition("txpower ")[2].split()[0] or 20)
        if p.ap.signal - power < LOWEST:
            power = p.ap.signal - LOWEST
            fixed = f"txpower fixed {round(100 * power)}".split()
            run(p.space, "iw", "dev", p.interface, "set", *fixed)
        level(p.radio, round(p.ap.signal - power))
    for station in w.stations:
        level(station.radio, STATION - 20)
    level(0, round((w.ap.uplink or w.ap.signal) - 20))


def level(radio: int, value: int) -> None:
    path = Path(f"/sys/kernel/debug/ieee80211/phy{radio}/hwsim/rx_rssi")
    # This kernel's debugfs takes no minus sign: as 64 bits without one.
    path.write_text(str(max(LOWEST, min(-1, value)) % (1 << 64)), "ascii")


def _servers(w: World) -> None:
    p = w.plan
    talk = w.acquirer
    if talk is services.hold and w.tls:
        talk = services.tls(w.certs / "good.pem")
    if talk is not None:
        services.listen("net", p.acquirer, p.port, talk)
    if w.web is not None:
        services.listen("net", p.web, 80, w.web)
    names = {p.name: p.acquirer, f"online.{p.domain}": p.web}
    w.resolver.names.update(names)
    if w.router.wanted and not w.router.dhcp:
        w.lease(w.router)
    for placed in w.placed:
        if placed.space == "other":
            ip("other", f"addr add 192.168.219.1/24 dev {placed.interface}")
    for server in (w.router, w.resolver, *w.others):
        if server.wanted:
            server.start(w)()


def start_station(w: World, station: Station) -> None:
    conf = w.folder / f"{station.name}.conf"
    conf.write_text(f"country=CN\n{station.network}", "utf-8")
    w.processes.spawn(
        station.name, "wpa_supplicant", "-D", "nl80211", "-i",
        f"wlan{station.radio}", "-c", str(conf),
    )  # fmt: skip
