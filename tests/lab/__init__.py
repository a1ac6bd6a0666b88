"""The fault lab: does posdiag name the one true cause of a fault made for real?

Every case runs in a container of its own (`unshare` with a mount, PID and network
namespace): process 1 in it is `tests.lab.worker`, which builds a shop, its LAN, a
router with NAT, an ISP and an acquirer out of network namespaces, makes the fault, runs
`posdiag run --format json` in the shop and prints what came out. When process 1 ends,
for whatever reason, the kernel ends everything in the container with it, so that
nothing is ever left behind; it ends when its standard input closes, which is when the
lab dies, also by SIGKILL. The container has no interface to the outside.

    python -m tests.lab --help
"""
