#!/bin/sh
# Process 1 of the guest: puts a tmpfs over the read-only root, mounts the host's folders
# that the kernel's command line names (lab.NAME=PATH goes to /NAME; `out` may be written
# to), runs /out/script and puts its stdout, stderr, rc and the guest's seconds into /out.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t tmpfs tmpfs /tmp
mkdir /tmp/upper /tmp/work /tmp/root
mount -t overlay -o lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work overlay /tmp/root || exit 1
new=/tmp/root
# shellcheck disable=SC2013 # words, not lines
for word in $(cat /proc/cmdline); do
    case $word in lab.*=*) ;; *) continue ;; esac
    name=${word%%=*} name=${name#lab.} path=${word#*=}
    mkdir -p "$new/$name"
    how=ro
    [ "$name" = out ] && how=rw
    mount -t hostfs -o "$how,$path" none "$new/$name" || exit 1
done
mount -t proc proc $new/proc
mount -t sysfs sysfs $new/sys
mount -t debugfs debugfs $new/sys/kernel/debug
mount -t devtmpfs devtmpfs $new/dev
mkdir -p $new/dev/pts $new/dev/shm
mount -t devpts devpts $new/dev/pts
mount -t tmpfs tmpfs $new/dev/shm
mount -t tmpfs -o mode=755 tmpfs $new/run
mount -t tmpfs -o mode=1777 tmpfs $new/tmp
mkdir -p $new/run/lock $new/run/netns
echo lab >/proc/sys/kernel/hostname
echo "127.0.0.1 localhost lab" >$new/etc/hosts
: >$new/etc/resolv.conf
ip link set lo up
# Not a mere chroot: udevadm would see it, and do nothing.
cd $new && pivot_root . mnt || exit 1
exec chroot . /bin/sh -c '
    cd /
    HOME=/root LANG=C.UTF-8 /bin/sh /out/script >/out/stdout 2>/out/stderr </dev/null
    echo $? >/out/rc
    cut -d" " -f1 /proc/uptime >/out/guest-seconds
    exec /bin/busybox poweroff -f'
