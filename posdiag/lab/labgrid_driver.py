"""posdiag on the places of labgrid: `pip install "posdiag[labgrid]"`.

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

In a test: `target.get_driver("PosdiagDriver").expect("cellular.no-sim")`. A serial port
of the place (also one that an exporter offers by RFC 2217) and a network interface of
this machine take the place of those in the profile.
"""

import os
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    import attr
    import tomli_w
    from labgrid.driver.common import Driver
    from labgrid.factory import target_factory
    from labgrid.resource.base import SerialPort
    from labgrid.step import step
    from labgrid.util.proxy import proxymanager
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f'{missing}: pip install "posdiag[labgrid]"', name=missing.name
    ) from missing

from posdiag.lab.found import FoundReport
from posdiag.lab.probe import LONGEST, Probe
from posdiag.system.process.hook import RunContext

TEXT = attr.validators.instance_of(str)
LIST = attr.validators.instance_of(list)


@target_factory.reg_driver
@attr.s(eq=False)
class PosdiagDriver(Driver):
    """Runs posdiag for one place. `profile` is a site profile, relative to the
    environment's file; `options` are those of `posdiag run`; `table` is the table of
    the profile (`cellular`, `pstn`, `printer`) to which the serial port belongs;
    `prefix` stands before posdiag's command line (`ip netns exec bench`)."""

    bindings = {  # noqa: RUF012  # labgrid's own form
        "port": {"SerialPort", "NetworkSerialPort", None},
        "interface": {"NetworkInterface", "USBNetworkInterface", None},
    }
    profile: str = attr.ib(default="", validator=TEXT)
    options: list[str] = attr.ib(factory=list, validator=LIST)
    table: str = attr.ib(default="cellular", validator=TEXT)
    prefix: list[str] = attr.ib(factory=list, validator=LIST)
    timeout: float = attr.ib(default=LONGEST, converter=float)

    @Driver.check_active
    @step(args=["select", "options"], result=True)
    def run(
        self, select: str | Sequence[str] = (), options: Sequence[str] = ()
    ) -> FoundReport:
        """Carry out `posdiag run` and return its report."""
        with self._probe() as probe:
            return probe.run(None, select, options)

    @Driver.check_active
    @step(args=["causes"])
    def expect(
        self,
        *causes: str,
        select: str | Sequence[str] = (),
        options: Sequence[str] = (),
        report: FoundReport | None = None,
    ) -> FoundReport:
        """Run posdiag (or take `report`) and assert that its first cause is one of
        `causes`; "healthy" and the other verdicts may be expected, too."""
        with self._probe() as probe:
            return probe.expect(*causes, select=select, options=options, report=report)

    @contextmanager
    def _probe(self) -> Iterator[Probe]:
        folder = Path.cwd()
        place = RunContext(folder, prefix=tuple(self.prefix))
        with self._profile() as profile:
            yield Probe(
                folder, _ignored, profile, tuple(self.options), place, self.timeout
            )

    @contextmanager
    def _profile(self) -> Iterator[str | None]:
        """The profile with the place's own port and interface in it, in a file beside
        it: what the profile names by a relative path is still found."""
        given = self._given()
        changed = self._changed(
            tomllib.loads(given.read_text("utf-8")) if given else {}
        )
        if not changed:
            yield None
            return
        handle, name = tempfile.mkstemp(
            prefix=".posdiag-", suffix=".toml", dir=given.parent if given else None
        )
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(tomli_w.dumps(changed))
            yield name
        finally:
            os.unlink(name)

    def _given(self) -> Path | None:
        if not self.profile:
            return None
        env = self.target.env
        found = env.config.resolve_path(self.profile) if env else self.profile
        return Path(found).absolute()

    def _changed(self, tables: Mapping[str, Any]) -> dict[str, Any]:
        changed = dict(tables)
        if self.port is not None:
            own = {"port": _url(self.port), "baudrate": self.port.speed}
            changed[self.table] = {**changed.get(self.table, {}), **own}
        if self.interface is not None and self.interface.ifname:
            own = {"interface": self.interface.ifname}
            changed["connection"] = {**changed.get("connection", {}), **own}
        return changed


def _url(port: Any) -> str:
    """As pyserial's `serial_for_url` opens it."""
    if isinstance(port, SerialPort):
        return str(port.port)
    host, number = proxymanager.get_host_and_port(port)
    if port.protocol == "raw":
        return f"socket://{host}:{number}"
    return f"rfc2217://{host}:{number}"


def _ignored(name: str, value: object) -> None:
    """labgrid records steps, not properties."""
