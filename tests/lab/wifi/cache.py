"""Where are the kernel and the root folder that the Wi-Fi lab boots?

They are built once, by `build.sh`, into a folder named by a hash of the recipe; what a
killed build has finished is used by the next one.
"""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[2]
RECIPE = ("build.sh", "kernel.config", "packages")
GUEST = (3, 11)  # the Python of Debian 12
CONTAINER = (
    "setpriv", "--pdeathsig", "KILL",
    "unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc",
)  # fmt: skip
"""What runs behind this ends with us, and all its children with it."""


def recipe_hash(*texts: bytes) -> str:
    """Short, and another one for every change to the recipe."""
    whole = hashlib.sha256()
    for text in texts:
        whole.update(len(text).to_bytes(8, "big") + text)
    return whole.hexdigest()[:16]


def base() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "posdiag-wifi-lab"


def folder() -> Path:
    return base() / recipe_hash(*((HERE / name).read_bytes() for name in RECIPE))


def built(where: Path) -> bool:
    return (where / "linux").exists() and (where / "root.done").exists()


def ensure() -> Path:
    """The folder with `linux` and `root`, built now if it is not there yet."""
    where = folder()
    if built(where):
        return where
    if os.geteuid() != 0:
        raise PermissionError("the Wi-Fi lab is built and run as root (sudo)")
    where.mkdir(parents=True, exist_ok=True)
    command = [*CONTAINER, "sh", str(HERE / "build.sh"), str(where)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return where


def dependencies(repo: Path = REPO) -> list[str]:
    """What posdiag needs on Linux, from its pyproject.toml."""
    project = tomllib.loads((repo / "pyproject.toml").read_text("utf-8"))["project"]
    return [re.split(r"\s*;", str(d))[0] for d in project["dependencies"]]


def site_packages(where: Path) -> Path:
    """Packages for the guest's Python: ours where it is the same version."""
    if sys.version_info[:2] == GUEST:
        import pydantic

        return Path(pydantic.__file__).resolve().parents[1]
    wanted = dependencies()
    site = where / f"site-{recipe_hash(*(d.encode() for d in wanted))}"
    if not site.exists():
        print("wi-fi lab: installing packages for Python 3.11", file=sys.stderr)
        fresh = site.with_name(f"{site.name}.{os.getpid()}")
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(fresh),
             "--python-version", "3.11", "--only-binary=:all:", *wanted],
            check=True,
        )  # fmt: skip
        try:
            fresh.rename(site)
        except OSError:  # another lab was faster
            subprocess.run(["rm", "-rf", str(fresh)], check=True)
    return site


if __name__ == "__main__":
    print(f"wi-fi lab: {ensure()}")
