#!/bin/sh
# Puts the independent ISO 8583 host (npm iso_8583) into the folder given and nothing
# anywhere else. Done at once if it is there already.
set -eu
folder=$1
version=2.6.7
[ -f "$folder/node_modules/iso_8583/package.json" ] && exit 0
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
missing=
command -v node >/dev/null || missing=nodejs
command -v npm >/dev/null || missing="$missing npm"
if [ -n "$missing" ]; then
    as_root apt-get -qq update >&2 || true
    # shellcheck disable=SC2086 # the names are to be split
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends $missing >&2
fi
mkdir -p "$folder"
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --ignore-scripts \
    --prefix "$folder" "iso_8583@$version" >&2
