"""A profile is read whole, or refused with one clear line for each thing wrong."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model.limits import table
from posdiag.model.site import Secret, Site, Target
from posdiag.profile.dump import as_toml
from posdiag.profile.lines import locate
from posdiag.profile.load import MAX_BYTES, MOST_PROBLEMS, BadProfile, load
from posdiag.profile.values import host_port
from posdiag.texts.lang import Lang

Write = Callable[[str | bytes], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(content: str | bytes) -> str:
        path = tmp_path / "shop.toml"
        raw = content.encode() if isinstance(content, str) else content
        path.write_bytes(raw)
        return str(path)

    return put


def refused(file: str, lang: Lang = "en") -> list[str]:
    with pytest.raises(BadProfile) as caught:
        load(file)
    return [line.removeprefix(file) for line in caught.value.show(lang)]


def test_a_whole_profile_is_read(write: Write, tmp_path: Path) -> None:
    (tmp_path / "join.pcap").write_bytes(b"x")
    site = load(
        write(
            """
            [site]
            name = "东街小店"
            [connection]
            kind = "private"
            address = "192.168.1.20/255.255.255.0"
            dns = ["192.168.1.1"]
            [wifi]
            passphrase = "geheim-geheim"
            handshake = "join.pcap"
            country = "cn"
            [acquirer]
            host = "pay.example.com"
            port = 8443
            tls = false
            backup = ["[2001:DB8::1]:443", "b.example.com:1"]
            [acquirer.iso8583]
            dialect = "ascii"
            [[target]]
            name = "office"
            host = "10.0.0.1"
            [connectivity]
            url = false
            [thresholds]
            loss.good = 0.02
            delay = { slow = 1 }
            "clock.skew" = 60
            """
        )
    )

    assert site.connection.address == "192.168.1.20/24"
    assert site.wifi.passphrase == Secret("geheim-geheim")
    assert site.wifi.handshake == str((tmp_path / "join.pcap").resolve())
    assert site.wifi.country == "CN"
    assert site.acquirer.backup == ("[2001:db8::1]:443", "b.example.com:1")
    assert site.acquirer.iso8583 is not None
    assert site.acquirer.iso8583.dialect == "ascii"
    assert site.target == (Target("office", "10.0.0.1"),)
    assert site.connectivity == ()
    assert site.thresholds == {"loss.good": 0.02, "delay.slow": 1.0, "clock.skew": 60.0}


def told(file: str) -> list[str] | None:
    """The problems; None where there are none."""
    try:
        load(file)
    except BadProfile as bad:
        return bad.show("en")
    return None


CASES = [
    ("[site]\nnam = 'x'", ":2: site.nam: unknown key, the nearest known is name"),
    ("[wfi]\nssid = 'x'", ":1: wfi: unknown table, the nearest known is wifi"),
    ("acquirer = 3", ":1: acquirer: expected a table [acquirer]"),
    ("[site]\nname = 3", ":2: site.name: expected a text in quotes"),
    ("[acquirer]\nport = '443'", ":2: acquirer.port: expected a whole number 1 to"),
    ("[acquirer]\n\nport = 0", ":3: acquirer.port: expected a whole number 1 to 65535"),
    ("[acquirer]\nport = 65536", ":2: acquirer.port: expected a whole number 1 to"),
    ("[acquirer]\nport = 443.0", ":2: acquirer.port: expected a whole number 1 to"),
    ("[acquirer]\ntls = 1", ":2: acquirer.tls: expected true or false"),
    ("[acquirer]\nhost = 'https://a'", ":2: acquirer.host: expected a host name"),
    ("[acquirer]\nhost = 'a:443'", ":2: acquirer.host: expected a host name"),
    ("[acquirer]\nhost = ''", ":2: acquirer.host: expected a host name"),
    ("[acquirer]\nhost = '1.2.3'", ":2: acquirer.host: expected a host name"),
    ("[acquirer]\nbackup = ['a']", ":2: acquirer.backup: expected a list of host:port"),
    ("[acquirer]\nbackup = 'a:1'", ":2: acquirer.backup: expected a list of host:port"),
    (
        "[acquirer]\nca_file = 'no.pem'",
        ":2: acquirer.ca_file: expected a file that can",
    ),
    ("[acquirer]\nca_file = '.'", ":2: acquirer.ca_file: expected a file that can be"),
    ("[acquirer.iso8583]\nmac = 'x'", ":2: acquirer.iso8583.mac: unknown key"),
    (
        "[connection]\naddress = '10.0.0.1'",
        ":2: connection.address: expected an address",
    ),
    ("[connection]\naddress = '10.0.0.1/33'", ":2: connection.address: expected an"),
    ("[connection]\ngateway = '10.0.0.256'", ":2: connection.gateway: expected an IP"),
    ("[connection]\ndns = ['x']", ":2: connection.dns: expected an IP address such as"),
    ("[connection]\nkind = 'lan'", ':2: connection.kind: expected one of "ethernet"'),
    (
        "[wifi]\npassphrase = 12345678",
        ":2: wifi.passphrase: expected a text in quotes,",
    ),
    ("[wifi]\npassphrase = {env=1}", ":2: wifi.passphrase: expected a text in quotes,"),
    ("[wifi]\npassphrase = {env='PD_NO'}", ":2: wifi.passphrase: expected the environ"),
    ("[wifi]\npassphrase = {file='no'}", ":2: wifi.passphrase: expected a file that"),
    ("[wifi]\npassphrase = ''", ":2: wifi.passphrase: expected a secret, it is empty"),
    ("[cellular]\npin = '12a4'", ":2: cellular.pin: expected 4 to 8 digits"),
    ("[[target]]\nname = 'x'", ":1: target[1].host: this key is missing"),
    ("[target]\nname = 'x'", ":1: target: expected tables written [[target]]"),
    ("[connectivity]\nurl = true", ":2: connectivity.url: expected a URL such as"),
    (
        "[connectivity]\nurl = 'ftp://x/'",
        ":2: connectivity.url: expected a URL such as",
    ),
    ("[connectivity]\nuri = false", ":2: connectivity.uri: unknown key, the nearest"),
    (
        "[thresholds]\nloss.god = 1",
        ":2: thresholds.loss.god: unknown limit, the nearest",
    ),
    (
        "[thresholds]\nloss.good = 2",
        ":2: thresholds.loss.good: expected a number above",
    ),
    (
        "[thresholds]\nloss.good = 0",
        ":2: thresholds.loss.good: expected a number above",
    ),
    (
        "[thresholds]\nloss.good = nan",
        ":2: thresholds.loss.good: expected a number above",
    ),
    ("[thresholds]\nloss.good = true", ":2: thresholds.loss.good: expected a number"),
    (
        "[thresholds]\nloss.good = 0.05",
        ":2: thresholds.loss.good: expected loss.bad abo",
    ),
    (
        "[thresholds]\ncellular.rsrp_weak = 100",
        ":2: thresholds.cellular.rsrp_weak: expected a number from -160 to 0 (dBm)",
    ),
    (
        "[thresholds]\nwifi.weak = -83",
        ":2: thresholds.wifi.weak: expected wifi.weak above wifi.failing",
    ),
    (
        "[thresholds]\nacquirer.connections = 31",
        ":2: thresholds.acquirer.connections: ex",
    ),
    (
        "[thresholds]\nanchors.resolvers = ['x']",
        ":2: thresholds.anchors.resolvers: exp",
    ),
    ('[site]\nname = "a\\u0000"', ":2: site.name: expected no NUL character"),
    ("[site]\nname == 3", ":2: not TOML: expected a text in quotes"),
    ("[site]\nname = 'x'\n\x00", ":3: not TOML: expected [table] or key"),
    ("[site]\nname = " + "9" * 5000, ": expected TOML: "),
    ("[site\n", ":1: not TOML: a closing bracket is missing"),
    (b"[site]\nname = 'x'\n# \xb5\xea", ":3: byte 20 is not UTF-8"),
    (b"\xff\xfe[\x00s\x00", ":1: byte 0 is not UTF-8"),
    (b"#" * (MAX_BYTES + 1), ": larger than 1 MB"),
    ("a = " + "[" * 50000, ": tables or lists nested too deeply"),
]


@pytest.mark.parametrize(("content", "line"), CASES)
def test_what_is_wrong_is_told_with_line_and_key(
    content: str | bytes, line: str, write: Write
) -> None:
    lines = refused(write(content))

    assert len(lines) == 1
    start, _, rest = line.partition(": expected TOML")
    if rest:  # the line in a message of tomllib's own differs between versions
        assert lines[0].startswith(":")
        assert ": expected TOML: " in lines[0]
    else:
        assert lines[0].startswith(start)
    assert "\n" not in lines[0]


def test_all_errors_are_told_at_once_in_order_and_not_without_end(write: Write) -> None:
    many = "[site]\n" + "\n".join(f"bad{i} = 1" for i in range(50))

    lines = refused(write(many))

    assert len(lines) == MOST_PROBLEMS
    assert lines[0].startswith(":2: ")
    assert lines[-1].startswith(f":{MOST_PROBLEMS + 1}: ")


def test_errors_are_told_in_chinese_too(write: Write) -> None:
    assert refused(write("[site]\nnam = 'x'"), "zh") == [
        ":2: site.nam: 没有这个键，最接近的是 name"
    ]


def test_missing_file_and_directory_are_told(tmp_path: Path) -> None:
    assert refused(str(tmp_path / "none.toml")) == [": no such file"]
    assert refused(str(tmp_path)) == [": this is a directory, expected a TOML file"]


def test_a_key_cannot_move_the_cursor(write: Write) -> None:
    lines = refused(write('[site]\n"\\u001b[2J" = 1'))

    assert "\x1b" not in lines[0]


def test_a_bom_and_windows_line_ends_are_accepted(write: Write) -> None:
    site = load(write(b"\xef\xbb\xbf[site]\r\nname = 'x'\r\n"))

    assert site.site.name == "x"


def test_secrets_come_from_environment_file_and_person(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("from file\nsecond line\n")
    monkeypatch.setenv("PD_KEY", "4321")
    by_file = "[wifi]\npassphrase = { file = 'key' }\n"
    site = load(write(by_file + "[cellular]\npin = { env = 'PD_KEY' }"))
    asked = load(write("[wifi]\npassphrase = { ask = true }"), lambda key: f"for {key}")

    assert site.wifi.passphrase == Secret("from file")
    assert site.cellular.pin == Secret("4321")
    assert asked.wifi.passphrase == Secret("for wifi.passphrase")


def test_a_secret_that_nobody_can_type_is_an_error(write: Write) -> None:
    file = write("[wifi]\npassphrase = { ask = true }")

    with pytest.raises(BadProfile):
        load(file, lambda key: None)


def test_no_secret_reaches_a_message(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PD_KEY", "hunter2222")
    text = "[cellular]\npin = { env = 'PD_KEY' }\n[wifi]\npassphrase = ['hunter2222']"

    lines = refused(write(text))

    assert len(lines) == 2
    assert "hunter2222" not in "".join(lines)


def test_bad_certificate_files_are_told(write: Write, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no certificate")

    assert refused(write("[acquirer]\nca_file = 'x.pem'")) == [
        ":2: acquirer.ca_file: expected a PEM file with certificates"
    ]
    assert refused(write("[acquirer]\nclient_key = 'x.pem'")) == [
        ":2: acquirer.client_key: expected client_cert beside it"
    ]
    assert refused(write("[acquirer]\nclient_cert = 'x.pem'"))[0].startswith(
        ":2: acquirer.client_cert: expected a PEM client certificate"
    )


def test_what_is_shown_is_a_profile_again_without_secrets(write: Write) -> None:
    text = """
        [site]
        name = "a \\"b\\" \\\\ \\u007f"
        [wifi]
        passphrase = "hunter2222"
        [acquirer.iso8583]
        tpdu = "6000030000"
        [[target]]
        name = "t"
        host = "h"
        [thresholds]
        loss.good = 0.02
        """
    shown = as_toml(load(write(text)))
    again = tomllib.loads(shown)

    assert "hunter2222" not in shown
    assert again["wifi"]["passphrase"] == "***"
    assert again["acquirer"]["iso8583"]["tpdu"] == "6000030000"
    assert again["target"] == [{"name": "t", "host": "h", "port": 443, "tls": True}]
    assert again["thresholds"] == {"loss": {"good": 0.02}}


def test_lines_are_found_whatever_stands_between() -> None:
    text = (
        "[site] # [no]\n"
        'name = """\n[bar]\nfoo = 1\n"""\n'
        '[acquirer]\n"quoted = key" = ["a", # ] no\n  "b"]\n'
        "iso8583 = { dialect = 'x' }\n"
        "[[target]]\nname = 'q'\n[[target]]\n\nhost = '''z'''''\n"
    )

    lines = locate(text)

    assert lines["site", "name"] == 2
    assert lines["acquirer",] == 6
    assert lines["acquirer", "quoted = key"] == 7
    assert lines["acquirer", "iso8583"] == 9
    assert lines["target", 0, "name"] == 11
    assert lines["target", 1, "host"] == 14
    assert ("bar",) not in lines


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.example.com", ("a.example.com", 443)),
        ("a:1", ("a", 1)),
        ("10.0.0.1:65535", ("10.0.0.1", 65535)),
        ("[2001:db8::1]:8443", ("2001:db8::1", 8443)),
        ("[2001:db8::1]", ("2001:db8::1", 443)),
        ("2001:db8::1", ("2001:db8::1", 443)),
    ],
)
def test_host_and_port(text: str, found: tuple[str, int]) -> None:
    assert host_port(text, 443) == found


@pytest.mark.parametrize(
    "text",
    ["", ":", "a:", "a:0", "a:65536", "a:-1", "a:１", "a:x", "[::1", "::1]:4", "a b:1",
     "http://a:1", "a/b:1", "1.2.3.4.5:6", "[a]:1", "a:1:2", "-a:1", "a..b:1"],
)  # fmt: skip
def test_no_host_and_port(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the kind is all that is promised
        host_port(text, 443)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_profile_or_problems(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(content)
    lines = told(str(path))

    assert lines is None or lines
    assert all(line.isprintable() for line in lines or ())


NAMES = st.sampled_from(
    [
        "site",
        "wifi",
        "acquirer",
        "target",
        "thresholds",
        "connectivity",
        "name",
        "host",
        "port",
        "passphrase",
        "loss",
        "good",
        "url",
        "iso8583",
        "é",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=8,
)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08x}" for c in value) + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return "1.5" if value is None else str(value)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_any_tables_are_a_profile_or_problems(
    tmp_path_factory: pytest.TempPathFactory, tables: dict[str, object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any2.toml"
    path.write_text("\n".join(f"{toml(k)} = {toml(v)}" for k, v in tables.items()))
    lines = told(str(path))

    assert lines is None or lines


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[printer]\nport = "/dev/usb/lp0"\nhost = "192.0.2.5"', "printer.port"),
        ('[printer]\nhost = "192.0.2.5"\nbaudrate = 9600', "printer.baudrate"),
        ('[printer]\nport = "x"\nbaudrate = 0', "printer.baudrate"),
        ('[cellular]\nport = "x"\nbaudrate = 0', "cellular.baudrate"),
        ('[pstn]\nport = "x"\nbaudrate = -1', "pstn.baudrate"),
        ("[data]\ntransactions_per_day = 1_000_001", "data.transactions_per_day"),
        ('[pstn]\nnumber = "16300;ATZ"', "pstn.number"),
        ('[pstn]\nprefix = "P"', "pstn.prefix"),
        ('[data]\niperf3 = "192.0.2.5:0"', "data.iperf3"),
        ('[bluetooth]\naddress = "A920"', "bluetooth.address"),
    ],
)
def test_what_would_have_no_effect_is_refused(
    text: str, key: str, tmp_path: Path
) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(text, "utf-8")

    with pytest.raises(BadProfile) as refused:
        load(str(file))

    assert [problem.key for problem in refused.value.problems] == [key]


def test_blanks_and_dashes_of_a_telephone_number_are_not_dialled(
    tmp_path: Path,
) -> None:
    file = tmp_path / "shop.toml"
    file.write_text('[pstn]\nnumber = "0755-1234 5678"\nprefix = "9,"', "utf-8")

    assert load(str(file)).pstn.number == "075512345678"


@pytest.mark.parametrize("content", ["", "# nothing\n\n", "\ufeff"])
def test_every_table_is_optional(content: str, write: Write) -> None:
    assert load(str(write(content))) == Site()


def test_every_limit_may_be_given_as_it_is_by_default(tmp_path: Path) -> None:
    """Levels in dBm are below 0."""
    path = tmp_path / "shop.toml"
    limits = {n: v.value for n, v in table().items() if not isinstance(v.value, tuple)}
    lines = "".join(f"{n} = {v}\n" for n, v in limits.items())
    path.write_text(f"[thresholds]\n{lines}")

    assert load(str(path)).thresholds == limits
