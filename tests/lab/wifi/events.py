"""What happens in a world after it has started: captures, stations, power cuts."""

import signal
import time

from tests.lab.netns import ip, nft, run, sysctl
from tests.lab.wifi.air import frequency
from tests.lab.wifi.build import start_station
from tests.lab.wifi.world import Placed, Station, World

JOIN = 40.0  # the guest's seconds until other stations must have joined
NOTICE = 6.0  # until a client has missed enough beacons


def await_stations(world: World, count: int) -> None:
    """Until so many other clients have joined the shop's access point."""
    end = time.monotonic() + JOIN
    while time.monotonic() < end:
        place = world.main
        told = run(place.space, "iw", "dev", place.interface, "station", "dump")
        if told.count("authorized:\tyes") >= count:
            return
        time.sleep(0.3)
    raise RuntimeError(f"no {count} stations have joined")


def switch_off(world: World, placed: Placed) -> None:
    """The access point's power is cut: no goodbye, no more beacons."""
    world.processes.kill("hostapd", placed.space)
    ip(placed.space, f"link set dev {placed.interface} down")
    time.sleep(NOTICE)


def silence_router(world: World) -> None:
    """The router answers no more ARP."""
    sysctl("router", ipv4__conf__lan0__arp_ignore=8)


def drop_all(world: World, space: str) -> None:
    """Whatever comes in is thrown away, and nothing is passed on."""
    hooks = "".join(
        f"chain {hook} {{ type filter hook {hook} priority -9; drop\n}}\n"
        for hook in ("input", "forward")
    )
    nft(space, f"table inet dead {{ {hooks} }}\n")


def capture(world: World, station: Station, seconds: float) -> None:
    """Listen on the shop's channel while a station tries to join; keep the pcap."""
    radio, channel = world.radios, world.ap.channel
    run(
        "sniffer",
        "iw",
        "phy",
        f"phy{radio}",
        "interface",
        "add",
        "mon0",
        "type",
        "monitor",
    )
    ip("sniffer", "link set dev mon0 up")
    run("sniffer", "iw", "dev", "mon0", "set", "freq", str(frequency(channel)))
    path = world.folder / "handshake.pcap"
    sniffer = world.spawn("sniffer", "tcpdump", "-i", "mon0", "-U", "-w", str(path))
    world.processes.await_log(sniffer, "listening on", 10)
    start_station(world, station)
    time.sleep(seconds)
    world.processes.kill("wpa_supplicant", station.name)
    sniffer.send_signal(signal.SIGINT)
    sniffer.wait(10)
    ip("sniffer", "link set dev mon0 down")
