"""`posdiag terminal` from outside: wrong use, and what an unfinished look says."""

import gzip
from pathlib import Path

import pytest

from posdiag.cli import carry_out
from posdiag.formats.pcap import header

ETHERNET = 1
NO_CAPTURES = {
    "shop.toml": b'[site]\nname = "shop"\n',
    "empty.pcap": b"",
    "cut.pcap": header(ETHERNET)[:20],
    "cut.pcap.gz": gzip.compress(header(ETHERNET)[:20]),
    "cut.pcapng": b"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00",
    "damaged.gz": b"\x1f\x8b" + b"\xff" * 40,
}


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSDIAG_LANG", "en")
    monkeypatch.delenv("POSDIAG_PROFILE", raising=False)


@pytest.mark.parametrize("name", [*NO_CAPTURES, "missing.pcap", "."])
def test_a_file_that_is_no_capture_is_wrong_use(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name in NO_CAPTURES:
        (tmp_path / name).write_bytes(NO_CAPTURES[name])

    code = carry_out(["terminal", "read", str(tmp_path / name)])

    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert str(tmp_path / name) in told.err


@pytest.mark.parametrize("packed", [False, True])
def test_a_capture_without_the_terminal_is_no_wrong_use(
    packed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = header(ETHERNET)
    file = tmp_path / "silent.pcap"
    file.write_bytes(gzip.compress(data) if packed else data)

    assert carry_out(["terminal", "read", str(file)]) == 3
    assert "Could not tell" in capsys.readouterr().out
