"""The system of a demonstration: real handlers for sockets, a model for the rest."""

from collections.abc import Iterator
from contextlib import contextmanager

from posdiag.demo.chance import Chance
from posdiag.demo.model import Model
from posdiag.demo.shop import site as shop_site
from posdiag.demo.stage import Stage
from posdiag.demo.wire import Wire
from posdiag.demo.world import World
from posdiag.site import Site
from posdiag.system import questions as ask
from posdiag.system.dispatch import Dispatch

NAME = "demo"


@contextmanager
def staged(world: World, seed: int = 1) -> Iterator[tuple[Dispatch, Site]]:
    """A system that shows `world`, and the site to examine, while its servers run."""
    chance = Chance(seed)
    with Stage(world, chance) as stage:
        yield demo_system(world, stage), shop_site(stage.certificates)


def demo_system(world: World, stage: Stage) -> Dispatch:
    """Answers as the machine of `world` would, whose servers are on `stage`."""
    model, wire = Model(world, stage.chance), Wire(world, stage)
    return Dispatch(
        NAME,
        {
            ask.AskInterfaces: model.interfaces,
            ask.AskDamage: model.damage,
            ask.AskRoutes: model.routes,
            ask.AskRouteTo: model.route_to,
            ask.AskNeighbour: model.neighbour,
            ask.AskSweep: model.sweep,
            ask.AskResolvers: model.resolvers,
            ask.AskLocalName: model.local_name,
            ask.AskTime: model.wall_clock,
            ask.DiscoverDhcp: model.offers,
            ask.ProbeArp: model.arp,
            ask.Ping: model.ping,
            ask.Trace: model.trace,
            ask.Connect: wire.connect,
            ask.Shake: wire.shake,
            ask.AskTlcp: wire.tlcp,
            ask.Exchange: wire.exchange,
            ask.Lookup: wire.lookup,
            ask.Fetch: wire.fetch,
            ask.AskNetworkTime: wire.time,
        },
    )
