"""The labgrid driver on a place of labgrid's own: coordinator, exporter, a serial port
by RFC 2217 behind which a simulated modem answers, and a bench behind a network
namespace.

labgrid lives in an environment of its own (`tests/peers/labgrid.sh`).
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import PEERS, ROOT
from tests.benches.test_namespaces import build, ip

PLACE = """\
imports:
  - posdiag.lab.labgrid_driver
targets:
  main:
    resources:
      RemotePlace:
        name: counter
    drivers:
      PosdiagDriver:
        profile: counter.toml
"""
ENV = f"""{PLACE}\
        options: ["--skip", "link,ip,router,isp,wifi"]
"""
EXPORTER = """\
counter:
  NetworkSerialPort:
    host: localhost
    port: {port}
    speed: 115200
    protocol: rfc2217
"""
TEST = """\
import pytest
def test_place(target):
    posdiag = target.get_driver("PosdiagDriver")
    report = posdiag.run(select="cellular")
    assert report.check("cellular.sim").facts["port"].startswith("rfc2217://")
    posdiag.expect("cellular.no-sim", report=report)
    with pytest.raises(AssertionError, match="got cellular.no-sim"):
        posdiag.expect("healthy", report=report)
"""

WIRED = """\
        prefix: ["ip", "netns", "exec", "{terminal}"]
"""
WIRED_TEST = """\
import subprocess
def cable(state):
    command = ["ip", "-n", "{shop}", "link", "set", "eth0", state]
    subprocess.run(command, check=True)
def test_place(target):
    posdiag = target.get_driver("PosdiagDriver")
    whole = posdiag.run(select="link.state")
    assert whole.check("link.state").status == "ok"
    assert whole.check("link.state").facts["interface"] == "eth0"
    cable("down")
    posdiag.expect("link.down", select="link.state")
    cable("up")
    assert posdiag.run(select="link.state").check("link.state").status == "ok"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def listening(port: int, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.1)
    return False


@pytest.fixture
def labgrid(peers: Path) -> Path:
    """The programs of labgrid's environment; kept from run to run."""
    place = peers / "labgrid"
    command = [str(PEERS / "labgrid.sh"), str(place), sys.executable]
    subprocess.run(command, check=True, timeout=600)
    return place / "bin"


@pytest.fixture
def place(tmp_path: Path, labgrid: Path) -> Iterator[tuple[Path, str]]:
    """A folder with a labgrid environment, and the coordinator's address. Its place is
    acquired."""
    modem, port = free_port(), free_port()
    coordinator = f"127.0.0.1:{port}"
    (tmp_path / "exporter.yaml").write_text(EXPORTER.format(port=modem))
    (tmp_path / "env.yaml").write_text(ENV)
    (tmp_path / "counter.toml").write_text(
        '[connection]\nkind = "cellular"\n[cellular]\nport = "/dev/nowhere"\n'
    )
    server = ["-m", "tests.benches.rfc2217", str(modem), "10"]  # CME 10: no SIM
    exporter = ["-c", coordinator, "--name", "bench", "--hostname", "localhost"]
    with ExitStack() as ending:

        def start(*command: object) -> None:
            started = subprocess.Popen(
                list(map(str, command)),
                cwd=tmp_path,
                env=os.environ | {"PYTHONPATH": paths()},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            ending.enter_context(started)
            ending.callback(started.terminate)

        start(sys.executable, *server)
        start(labgrid / "labgrid-coordinator", "-l", coordinator)
        assert listening(port)
        assert listening(modem)
        start(labgrid / "labgrid-exporter", *exporter, "exporter.yaml")
        acquire(labgrid, tmp_path, coordinator)
        yield tmp_path, coordinator


def acquire(labgrid: Path, folder: Path, coordinator: str) -> None:
    assert client(labgrid, folder, coordinator, "create")
    match = ("add-match", "*/counter/NetworkSerialPort")
    end = time.monotonic() + 20  # until the exporter has registered
    while not client(labgrid, folder, coordinator, *match) and time.monotonic() < end:
        time.sleep(0.3)
    assert client(labgrid, folder, coordinator, "acquire")


def paths() -> str:
    """posdiag and its tests, for an environment that has only what they need."""
    return os.pathsep.join((str(ROOT), str(ROOT / "checks")))


def client(labgrid: Path, folder: Path, coordinator: str, *arguments: str) -> bool:
    done = subprocess.run(
        [labgrid / "labgrid-client", "-p", "counter", *arguments],
        cwd=folder,
        env=os.environ | {"LG_COORDINATOR": coordinator},
        capture_output=True,
        timeout=30,
    )
    return done.returncode == 0


def run(labgrid: Path, folder: Path, coordinator: str, test: str) -> None:
    """One test in labgrid's own environment, which has to pass."""
    (folder / "test_place.py").write_text(test)
    options = ["--lg-env", "env.yaml", "--lg-coordinator", coordinator]
    done = subprocess.run(
        [labgrid / "python", "-m", "pytest", "-q", *options, "test_place.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": paths()},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert not list(folder.glob(".posdiag-*"))


def test_a_place_of_labgrid_is_diagnosed_over_the_network(
    place: tuple[Path, str], labgrid: Path
) -> None:
    run(labgrid, *place, TEST)


@pytest.mark.lab
def test_a_place_of_labgrid_is_diagnosed_inside_its_namespace(
    place: tuple[Path, str], labgrid: Path
) -> None:
    """The cable lies between two namespaces; what posdiag names is theirs."""
    folder, coordinator = place
    spaces = {side: f"{side}-labgrid-{os.getpid()}" for side in ("terminal", "shop")}
    (folder / "env.yaml").write_text(PLACE + WIRED.format(**spaces))
    (folder / "counter.toml").write_text('[connection]\ninterface = "eth0"\n')
    build(spaces)
    try:
        run(labgrid, folder, coordinator, WIRED_TEST.format(**spaces))
    finally:
        for space in spaces.values():
            ip("netns", "del", space)


def test_without_the_extra_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['labgrid'] = None; import posdiag.lab.labgrid_driver"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 1
    assert done.stderr.endswith(': pip install "posdiag[labgrid]"\n')
