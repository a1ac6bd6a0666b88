"""An IPv6 router's refusal, over real sockets: a host and a router in namespaces."""

import json
import subprocess
import sys

import pytest

FAR = "2001:db8:1::5"
WORLD = """
unshare -n sleep 60 & router=$!
trap 'kill $router' EXIT
until [ "$(readlink /proc/$router/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do
  sleep 0.01; done
ip link add eth0 type veth peer name lan0 netns $router
ip link set eth0 up && ip addr add fd00::9/64 dev eth0 nodad
nsenter -n -t $router sh -ec '
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  ip link set lan0 up && ip addr add fd00::1/64 dev lan0 nodad
  ip link add far0 type veth peer name far1
  ip link set far0 up && ip link set far1 up && ip route add 2001:db8:1::/64 dev far0
  nft "table ip6 t { chain c { type filter hook forward priority 0;
       reject with icmpv6 type '$1'; }; }"'
ip route add default via fd00::1
until ip route get 2001:db8:1::5 >/dev/null 2>&1; do sleep 0.01; done
"$2" -c "$3"
"""
ASK = f"""
import asyncio, json
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Connect, Lookup, Ping
from posdiag.system.wire import dns, tcp
from posdiag.system.wire.icmp import ping

async def ask():
    meter = Meter()
    answers = [await tcp.connect(Connect("{FAR}", 443), meter),
               await dns.lookup(Lookup("{FAR}", "pay.test"), meter)]
    echoes = await ping.ping(Ping("{FAR}"), meter)
    errors = [a.error for a in answers] + [echoes.errors[0]]
    return [a.outcome for a in answers], [(e.type, e.code, e.by) for e in errors]

print(json.dumps(asyncio.run(ask())))
"""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["unshare", "-rn", *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": ":".join(sys.path)},
    )


@pytest.mark.parametrize("reject", ["admin-prohibited", "policy-fail", "reject-route"])
def test_the_refusal_of_an_ipv6_router_reads_alike_for_every_probe(reject: str) -> None:
    if run("nft", "list", "ruleset").returncode:
        pytest.skip("no network namespaces here")  # the kernel's choice
    done = run("sh", "-ec", WORLD, "sh", reject, sys.executable, ASK)
    assert done.returncode == 0, done.stderr
    outcomes, errors = json.loads(done.stdout)

    assert outcomes == ["prohibited", "prohibited"]
    assert errors == [[3, 13, "fd00::1"]] * 3
