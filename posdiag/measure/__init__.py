"""Measurements that checks and plugins share, on top of the questions.

Public: a plugin may import what these modules offer without an underscore. Each takes
the check's `Context`, asks the system by `ctx.system.ask` only, so that equal questions
are asked once a run, and judges nothing. Times are seconds, sizes bytes, ratios 0-1;
what is not known is `None` or `Unknown`. `Unmeasured` is raised where a check cannot
continue; the engine turns it into a skip with the reason.

- `uplink`: the interface, address and gateway in use
- `names`: names resolved as this machine would, and by which server
- `lan`: the gateway, other routers and DHCP servers of the LAN
- `internet`: what answers from beyond the router
- `acquirer`, `backup_hosts`: TCP, TLS and TLCP with the acquirer's hosts
- `clock`: dates of certificates against a clock
- `frame_errors`: damaged frames and lost carrier
- `loss`: loss and RTT of one host (`sampling`), of the path and its segments (`survey`)
- `wifi`: access points in range, reception, airtime and channels
- `statistics`: sequential tests, intervals and percentiles, pure
- `tasks`: concurrent measurements
"""
