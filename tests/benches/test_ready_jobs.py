"""The shell lines of the composite action, as the runner of GitHub starts them."""

import os
import subprocess
import textwrap
from pathlib import Path

import pytest

from tests import ROOT

ACTION = ROOT / "docs" / "ci" / "posdiag-action" / "action.yml"
#: `python3 -m venv FOLDER`: its pip does nothing, its posdiag keeps its arguments.
PYTHON = """\
#!/bin/sh
mkdir -p "$3/bin"
printf '#!/bin/sh\\n' > "$3/bin/pip"
printf '#!/bin/sh\\nprintf "%%s\\\\0" "$@" > "$RUNNER_TEMP/given"' > "$3/bin/posdiag"
chmod +x "$3/bin/pip" "$3/bin/posdiag"
"""


def run(folder: Path, options: str) -> tuple[int, list[str]]:
    """Exit code of the step, and what `posdiag` got between the inventory and the
    results."""
    python = folder / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(PYTHON)
    python.chmod(0o755)
    _, _, lines = ACTION.read_text("utf-8").partition("run: |\n")
    script = folder / "step.sh"
    script.write_text(textwrap.dedent(lines))
    ended = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        env={
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(folder),
            "INVENTORY": "my lab.toml",
            "OPTIONS": options,
            "PACKAGE": "posdiag",
            "RESULTS": str(folder / "results"),
        },
        capture_output=True,
        timeout=60,
    )
    given = folder / "given"
    if not given.exists():
        return ended.returncode, []
    arguments = given.read_text("utf-8").split("\0")[:-1]
    assert arguments[:4] == ["lab", "run", "--inventory", "my lab.toml"]
    assert arguments[-2:] == ["--artifacts", str(folder / "results/reports")]
    return ended.returncode, arguments[4:-8]


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ("", []),
        (" \n", []),
        ("--tag wifi --jobs 2", ["--tag", "wifi", "--jobs", "2"]),
        ('--fault "router off"\n--jobs 2\n', ["--fault", "router off", "--jobs", "2"]),
        ("--fault 'it''s $HOME * `id`'", ["--fault", "its $HOME * `id`"]),
        ("--fault '路由器 关'", ["--fault", "路由器 关"]),
    ],
)
def test_options_are_split_as_they_are_quoted(
    options: str, given: list[str], tmp_path: Path
) -> None:
    assert run(tmp_path, options) == (0, given)


def test_a_quote_left_open_ends_the_step_before_anything_is_run(tmp_path: Path) -> None:
    code, given = run(tmp_path, '--fault "router off')

    assert code != 0
    assert given == []
