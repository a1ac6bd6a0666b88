"""The acquirer is fine; a back office is not."""

from tests.lab.case import fault
from tests.lab.world import World


def office(w: World, port: int = 443) -> None:
    host = f"office.{w.plan.domain}"
    w.targets.append({"name": "back office", "host": host, "port": port, "tls": False})


@fault("target-dropped", "target.unreachable")
def dropped(w: World) -> None:
    """Packets to the back office vanish."""
    office(w)
    w.drop("core", f"ip daddr {w.plan.office} drop")


@fault("target-closed", "target.unreachable")
def closed(w: World) -> None:
    """No service on the back office's port."""
    office(w, 9443)


@fault("target-name-gone", "target.unreachable")
def name_gone(w: World) -> None:
    """The back office's name does not exist."""
    office(w)
    del w.resolver.names[f"office.{w.plan.domain}"]


@fault("target-one-of-two", "target.unreachable")
def one_of_two(w: World) -> None:
    """Of two hosts one is dead."""
    office(w)
    w.targets.append(
        {"name": "wallet", "host": w.plan.nobody, "port": 443, "tls": False}
    )
