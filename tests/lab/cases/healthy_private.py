"""Private payment networks: nothing but the acquirer answers, and that is right."""

from tests.lab.case import healthy
from tests.lab.cases.healthy import no_dns
from tests.lab.symptom.confirm import no_sale
from tests.lab.world import World


@healthy("private-told", private=True)
def private_told(w: World) -> None:
    """A private payment network: nothing but the acquirer answers. Told."""
    w.set("connection", kind="private")
    only_acquirer(w)


def only_acquirer(w: World) -> None:
    w.connectivity(None)
    w.resolver.names = {w.plan.name: w.plan.acquirer}
    w.web = None
    w.drop("core", f"ip daddr != {{ {w.plan.acquirer}, {w.plan.resolver} }} "
           f"ip saddr != {{ {w.plan.acquirer}, {w.plan.resolver} }} drop")  # fmt: skip


@healthy("private-untold", private=True)
def private_untold(w: World) -> None:
    """The same, not told."""
    only_acquirer(w)


@healthy("private-url-off", private=True)
def private_off(w: World) -> None:
    """The same, with the connectivity URL switched off."""
    only_acquirer(w)
    w.connectivity(False)


@healthy("private-address", private=True)
def private_address(w: World) -> None:
    """A private network without any DNS; the acquirer is given by address."""
    w.set("connection", kind="private")
    w.set("acquirer", host=w.plan.acquirer, server_name=w.plan.name)
    only_acquirer(w)
    no_dns(w)


@healthy("resolver-alone", unproven=("isp.reach",))
def resolver_alone(w: World) -> None:
    """No profile, and of the whole Internet one resolver answers, that no name exists:
    nothing is shown to be wrong, and nothing beyond the resolver answered."""
    w.profile = None
    w.resolv(w.plan.resolver)
    w.resolver.names = {}
    w.drop("core", f"ip daddr != {w.plan.resolver} ip saddr != {w.plan.resolver} drop")
    w.sign = no_sale
