"""The system of a demonstration: real handlers for sockets, a model for the rest."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from posdiag.demo.chance import Chance
from posdiag.demo.devices import equipment, surveys
from posdiag.demo.devices.wifi import air
from posdiag.demo.model import Model
from posdiag.demo.shop import site as shop_site
from posdiag.demo.stage import Stage
from posdiag.demo.wire import Wire
from posdiag.demo.world import World
from posdiag.model.questions.lan import AskNeighbour, AskSweep, DiscoverDhcp, ProbeArp
from posdiag.model.questions.machine import (
    AskDamage,
    AskInterfaces,
    AskLocalName,
    AskResolvers,
    AskRoutes,
    AskRouteTo,
    AskTime,
)
from posdiag.model.questions.modem import AskModem
from posdiag.model.questions.payment import Exchange
from posdiag.model.questions.tls import AskTlcp, Shake
from posdiag.model.questions.wire import (
    AskNetworkTime,
    Connect,
    Fetch,
    Lookup,
    Ping,
    Trace,
)
from posdiag.model.site import Site
from posdiag.system.core.dispatch import Dispatch
from posdiag.system.devices import modem

NAME = "demo"


@contextmanager
def staged(world: World, seed: int = 1) -> Iterator[tuple[Dispatch, Site]]:
    """A system that shows `world`, and the site to examine, while its servers run."""
    chance = Chance(seed)
    with Stage(world, chance) as stage:
        wifi = air(world.air).wifi if world.air else None
        site = shop_site(stage.certificates, wifi)
        with ExitStack() as devices:
            if world.terminal:
                site = replace(site, terminal=surveys.profile_of(world.terminal))
            if world.equipment:
                shown = equipment.with_equipment(world.equipment, site)
                site = devices.enter_context(shown)
            yield demo_system(world, stage), site


def demo_system(world: World, stage: Stage) -> Dispatch:
    """Answers as the machine of `world` would, whose servers are on `stage`."""
    model, wire = Model(world, stage.chance), Wire(world, stage)
    return Dispatch(
        NAME,
        {
            AskInterfaces: model.interfaces,
            AskDamage: model.damage,
            AskRoutes: model.routes,
            AskRouteTo: model.route_to,
            AskNeighbour: model.neighbour,
            AskSweep: model.sweep,
            AskResolvers: model.resolvers,
            AskLocalName: model.local_name,
            AskTime: model.wall_clock,
            DiscoverDhcp: model.offers,
            ProbeArp: model.arp,
            Ping: model.ping,
            Trace: model.trace,
            Connect: wire.connect,
            Shake: wire.shake,
            AskTlcp: wire.tlcp,
            Exchange: wire.exchange,
            Lookup: wire.lookup,
            Fetch: wire.fetch,
            AskNetworkTime: wire.time,
            AskModem: modem.ask,
            **equipment.handlers(world.equipment),
            **(air(world.air).handlers() if world.air else {}),
            **(surveys.handlers(world.terminal) if world.terminal else {}),
        },
    )
