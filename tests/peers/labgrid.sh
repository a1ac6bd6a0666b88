#!/bin/sh
# labgrid.sh FOLDER PYTHON: puts labgrid and this checkout, as its extra `labgrid` says,
# into an environment of their own in the folder. Apart from the others, because labgrid
# brings its own copy of pyserial. Done at once if it is there already.
set -eu
folder=$1
python=$2
checkout=$(cd "$(dirname "$0")/../.." && pwd)
stamp="$folder/$(cksum <"$checkout/pyproject.toml" | tr ' ' -)"
[ -f "$stamp" ] && exit 0
rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$checkout[labgrid]"
# The code itself is that of the checkout that is tested.
"$folder/bin/python" -m pip uninstall --quiet --yes posdiag
touch "$stamp"
