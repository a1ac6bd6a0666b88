#!/bin/sh
# Builds what the Wi-Fi lab boots into the folder $1: a Debian root folder (`root`) and a
# User-Mode Linux kernel with mac80211_hwsim and time travel (`linux`). As root, about 10
# minutes on 2 cores, 3 GB of scratch that is removed again, 300 MB that stay.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=$1
say() { echo "wi-fi lab: $*" >&2; }

# From 6.16 on a page fault of a guest's program costs a tenth (seccomp in place of
# ptrace), and a Python program makes 20,000 of them before it has said a word. So a
# newer kernel than this Debian's is built where there is one: these are tried in order.
kernels="7.2 7.3 6.1"

# Puts usr/src/linux-source-N.tar.xz here.
fetch_kernel() {
    mkdir -p apt/lists/partial # apt sweeps its folder of lists
    for suite in trixie-backports bookworm; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
            "http://deb.debian.org/debian $suite main"
    done >apt/sources.list
    set -- -qq -o Dir::Etc::SourceList="$PWD/apt/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State::Lists="$PWD/apt/lists"
    apt-get "$@" update || true # an older keyring does not know the newer suite
    for kernel in $kernels; do
        # That apt's own user may not write here is only a warning.
        apt-get "$@" download "linux-source-$kernel" && break
    done
    dpkg -x linux-source-*.deb .
    rm -r -- *.deb apt
}

# Two builds at once would step on each other; the second waits and finds it done.
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

tools="mmdebstrap debian-archive-keyring build-essential flex bison bc xz-utils libelf-dev"
missing=
for package in $tools; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
if [ -n "$missing" ] && { [ ! -e "$cache/root.done" ] || [ ! -e "$cache/linux" ]; }; then
    say "installing:$missing"
    apt-get -qq update || true
    # shellcheck disable=SC2086 # the names are to be split
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null
fi

if [ ! -e "$cache/root.done" ]; then
    say "building the Debian root folder (about a minute)"
    rm -rf "$cache/root"
    mmdebstrap --quiet --variant=minbase \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --include="$(tr -s ' \n' ',' <"$here/packages" | sed 's/,$//')" \
        bookworm "$cache/root"
    touch "$cache/root.done"
fi

if [ ! -e "$cache/linux" ]; then
    say "building the kernel (about 9 minutes on 2 cores)"
    # A build that was killed goes on where it was: make knows what it has made.
    scratch=$cache/scratch
    if [ ! -e "$scratch/unpacked" ]; then
        rm -rf "$scratch"
        mkdir "$scratch"
        cd "$scratch"
        fetch_kernel
        tar -xf usr/src/linux-source-*.tar.xz
        rm -r usr
        touch unpacked
    fi
    cd "$scratch"/linux-source-*
    make -s ARCH=um defconfig >/dev/null
    for word in $(grep -v '^#' "$here/kernel.config"); do
        name=${word%=*}
        case $word in
            *=y) scripts/config --enable "$name" ;;
            *=n) scripts/config --disable "$name" ;;
        esac
    done
    make -s ARCH=um olddefconfig >/dev/null
    for name in MAC80211_HWSIM NET_SCH_NETEM VETH UML_TIME_TRAVEL_SUPPORT; do
        grep -q "^CONFIG_$name=y" .config || { say "the kernel's $name is off"; exit 1; }
    done
    # Said now and then, so that a CI log shows that it goes on.
    make ARCH=um -j"$(nproc)" linux 2>"$scratch/make.log" |
        awk 'NR % 400 == 0 { print "wi-fi lab: kernel, " NR " steps done"; fflush() }' >&2
    [ -x linux ] || { tail -n 40 "$scratch/make.log" >&2; exit 1; }
    strip -o "$cache/linux.new" linux
    mv "$cache/linux.new" "$cache/linux"
    cd "$cache"
    rm -rf "$scratch"
fi
