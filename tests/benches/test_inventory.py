"""What is wrong with an inventory is told with file, line and key."""

from pathlib import Path

import pytest

from posdiag.lab.inventory import Bench, Fault, load
from posdiag.lab.plan import Choice, chosen, trials
from posdiag.profile.load import BadProfile

GOOD = """\
[[bench]]
name = "counter"
tags = ["wifi", "a920"]
profile = "counter.toml"
run = ["--allow-join"]
power = { on = "pdu on 3", off = "pdu off 3" }
[[bench.fault]]
name = "router off"
inject = "pdu off 1"
restore = "pdu on 1"
expect = "router.unreachable"
settle = 20
"""


def read(tmp_path: Path, text: str) -> tuple[Bench, ...]:
    file = tmp_path / "lab.toml"
    file.write_text(text, "utf-8")
    return load(str(file)).benches


def test_an_inventory_is_read_as_it_stands(tmp_path: Path) -> None:
    (bench,) = read(tmp_path, GOOD)

    assert (bench.name, bench.tags, bench.run) == (
        "counter",
        ("wifi", "a920"),
        ("--allow-join",),
    )
    assert bench.power is not None
    assert bench.power.off == "pdu off 3"
    assert bench.fault == (
        Fault("router off", "pdu off 1", "pdu on 1", "router.unreachable", 20),
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "no bench: expected at least one [[bench]]"),
        ("[[bench]]\n", ":1: bench[1].name: this key is missing"),
        ('[[bench]]\nname = "a"\ntag = []\n', ":3: bench[1].tag: unknown key"),
        (
            '[[bench]]\nname = "a"\nsetle = 3\n',
            ":3: bench[1].setle: unknown key, the nearest known is fault.settle",
        ),
        (GOOD.replace("settle", "setle"), "the nearest known is settle"),
        (
            '[[bench]]\nname = "a"\nzzz = 3\n',
            "bench[1].zzz: unknown key, expected one of name, tags, profile, run, ",
        ),
        (
            GOOD.replace("settle = 20", "settle = -1"),
            "expected a number from 0 to 3600",
        ),
        (GOOD.replace('restore = "pdu on 1"\n', ""), "restore: this key is missing"),
        (GOOD.replace("r.unreach", "r.unrech"), "did you mean router.unreachable?"),
        (GOOD.replace("router.unreachable", "x"), "no such cause: 'x'"),
        (GOOD + GOOD, ":14: bench[2].name: 'counter' is used twice"),
        (GOOD.replace('"router off"', '"all"'), "'all' cannot be a name"),
        (
            GOOD.replace('"router off"', '"a\\u001b[31m"'),
            r"'a\x1b[31m' cannot be a name",
        ),
        ('[[bench]]\nname = "a"\nrun = "--quick"\n', "run: expected a list of texts"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, text: str, line: str
) -> None:
    with pytest.raises(BadProfile) as bad:
        read(tmp_path, text)

    assert line in "\n".join(bad.value.show("en"))
    assert all(bad.value.show("zh"))


def test_a_bench_cannot_change_how_the_lab_reads_a_run() -> None:
    options = Bench("a", run=("--exit-code", "nagios")).options

    assert options.index("nagios") < options.index("posdiag")


def benches() -> tuple[Bench, ...]:
    faults = tuple(Fault(name, "a", "b", "c") for name in "xyz")
    return (
        Bench("one", ("wifi",), fault=faults),
        Bench("two", ("wifi", "sim"), fault=faults[:1]),
        Bench("three"),
    )


def test_benches_are_chosen_by_name_and_by_all_tags() -> None:
    assert [b.name for b in chosen(benches(), Choice(tags=("wifi", "sim")))] == ["two"]
    assert [b.name for b in chosen(benches(), Choice(benches=("one",)))] == ["one"]
    assert len(chosen(benches(), Choice())) == 3


def test_faults_are_chosen_by_name_and_none_is_a_trial_too() -> None:
    names = [t.name for t in trials(benches(), Choice(faults=("x", "none"), rounds=2))]

    assert names[:4] == ["none", "x", "none #2", "x #2"]
    assert [t.name for t in trials(benches(), Choice(benches=("three",)))] == ["none"]
    both = trials(benches(), Choice(benches=("two",), faults=("all", "none")))
    assert [t.name for t in both] == ["none", "x"]


@pytest.mark.parametrize("of", [1, 2, 3, 5, 40])
def test_all_shards_together_do_each_trial_once(of: int) -> None:
    whole = trials(benches(), Choice(rounds=3))
    parts = [
        trial
        for number in range(1, of + 1)
        for trial in trials(benches(), Choice(rounds=3, shard=(number, of)))
    ]

    assert sorted(map(str, parts)) == sorted(map(str, whole))
