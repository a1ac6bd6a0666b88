"""TLS libraries of other Debian releases, as old and new terminals have them.

    python -m tests.lab.terminal.libraries

Unpacked once into a folder named by a hash of what is wanted, without installing:
the programs of a newer release run by its own loader and C library, those of an older
one and the shared objects (`mbed.py`) by this machine's. Needs apt (Debian, Ubuntu).
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.lab.wifi.cache import recipe_hash

KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRRORS = ("http://deb.debian.org/debian", "http://archive.debian.org/debian")
NEWER, OLDER = "trixie", "bullseye"
PACKAGES = {
    NEWER: (
        "libc6 zlib1g libzstd1 openssl libssl3t64 gnutls-bin libgnutls30t64 "
        "libgnutls-dane0t64 libunbound8 libevent-2.1-7t64 libidn2-0 libunistring5 "
        "libp11-kit0 libffi8 libtasn1-6 libnettle8t64 libhogweed6t64 libgmp10 "
        "libmbedtls21 libmbedx509-7 libmbedcrypto16"
    ),
    OLDER: "openssl libssl1.1 libmbedtls12 libmbedx509-0 libmbedcrypto3",
}
"""OpenSSL 3.5, GnuTLS 3.8 and mbedTLS 3.6; OpenSSL 1.1.1 and mbedTLS 2.16."""


def base() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "posdiag-terminal-lab"


def folder() -> Path:
    wanted = "\n".join([*MIRRORS, *(f"{k} {v}" for k, v in PACKAGES.items())])
    return base() / recipe_hash(wanted.encode())


def ensure() -> Path:
    """The folder with one root per release, filled now if it is not there yet.

    OSError or subprocess.CalledProcessError: the mirror does not answer."""
    where = folder()
    base().mkdir(parents=True, exist_ok=True)
    with (base() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two labs at once fetch it once
        if not where.exists():
            _keyring()
            fresh = where.with_name(f"{where.name}.new")
            shutil.rmtree(fresh, ignore_errors=True)
            for release, packages in PACKAGES.items():
                _fetch(release, packages.split(), fresh / release)
            fresh.rename(where)
    return where


def _keyring() -> None:
    """Ubuntu has Debian's keys in a package of their own."""
    if not KEYS.exists():
        install = ["apt-get", "-qq", "install", "-y", "debian-archive-keyring"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL)


def _fetch(release: str, packages: list[str], root: Path) -> None:
    """Download by a list of our own, so that this machine's apt stays as it is."""
    apt = root / "apt"
    (apt / "lists" / "partial").mkdir(parents=True)
    (apt / "status").touch()  # nothing is installed: else its version is preferred
    lines = (f"deb [signed-by={KEYS}] {m} {release} main\n" for m in MIRRORS)
    # A release moves to the archive some years after its end.
    for line in lines:
        (apt / "sources.list").write_text(line, "ascii")
        if _apt(apt, "update") == 0 and _apt(apt, "download", *packages) == 0:
            break
    else:
        raise OSError(f"no mirror has the packages of {release}")
    for package in apt.glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(root)], check=True)
    shutil.rmtree(apt)


def _apt(folder: Path, *words: str) -> int:
    options = (
        f"Dir::Etc::SourceList={folder}/sources.list", "Dir::Etc::SourceParts=-",
        f"Dir::State::Lists={folder}/lists", f"Dir::State::Status={folder}/status",
        "Acquire::Languages=none",
        "APT::Sandbox::User=root", "Acquire::Check-Valid-Until=false",
        "APT::Update::Error-Mode=any", "Dir::Cache::pkgcache=",
        "Dir::Cache::srcpkgcache=",
    )  # fmt: skip
    command = ["apt-get", "-qq", *(f"-o{option}" for option in options), *words]
    return subprocess.run(command, check=False, cwd=folder).returncode


def _one(root: Path, pattern: str) -> str:
    return str(sorted(root.glob(pattern))[0])


def objects(root: Path) -> str:
    """The folder of a release's shared objects."""
    return str(Path(_one(root, "usr/lib/*/libcrypto.so.*")).parent)


def program(root: Path, name: str) -> list[str]:
    """The words that start a release's program."""
    path = str(root / "usr" / "bin" / name)
    if root.name == NEWER:
        loader = _one(root, "usr/lib/*/ld-linux*.so.*")
        return [loader, "--library-path", objects(root), path]
    return ["env", f"LD_LIBRARY_PATH={objects(root)}", "OPENSSL_CONF=/dev/null", path]


if __name__ == "__main__":
    print(f"terminal lab: {ensure()}", file=sys.stderr)
