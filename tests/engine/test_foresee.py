"""`posdiag list` says what would be skipped, and nothing is sent for it."""

from posdiag.demo.shop import ETHERNET, LOOPBACK, healthy
from posdiag.engine.foresee import FORESEEN, foresee
from posdiag.engine.registry import core
from posdiag.model.questions.machine import AskInterfaces, AskRoutes, Interfaces, Routes
from posdiag.model.questions.wire import Ping
from posdiag.model.site import Acquirer, Site, Target
from posdiag.system.core.replay import Replay
from posdiag.texts.lookup import WORDS


def machine() -> Replay:
    world = healthy()
    return Replay(
        {
            AskInterfaces: Interfaces((LOOPBACK, ETHERNET)),
            AskRoutes: Routes(world.routes),
        }
    )


def test_what_the_profile_leaves_out_is_skipped() -> None:
    empty = foresee(core(), Site(), machine())
    acquirer = Acquirer("pay.example.com")
    full = foresee(
        core(), Site(acquirer=acquirer, target=(Target("a", "b"),)), machine()
    )

    assert empty["acquirer.connect"] == empty["target.connect"] == "skip.not-configured"
    assert not {"acquirer.connect", "acquirer.tls", "target.connect"} & set(full)
    assert full["path.redundancy"] == "skip.one-uplink"
    assert "link.state" not in full


def test_only_this_machines_settings_are_asked_for() -> None:
    system = machine()
    foresee(core(), Site(acquirer=Acquirer("192.0.2.1")), system)

    asked = {type(question).__name__ for question in system.asked}
    assert "AskInterfaces" in asked
    assert asked <= {
        "AskInterfaces",
        "AskResolvers",
        "AskRoutes",
        "AskRouteTo",
        "AskRadio",
        "AskWifiLink",
    }
    assert Ping.__name__ not in asked


def test_every_reason_has_a_text() -> None:
    assert all(f"reason.{code}" in WORDS for code in FORESEEN)
