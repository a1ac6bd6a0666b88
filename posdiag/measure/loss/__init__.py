"""Loss and RTT on the path to the acquirer, by segment.

- `samples`: the values: one host's sample, segments, the whole survey
- `probes`: single probes to a host, at a pace, and their results in its sample
- `sampling`: sample one host by ICMP echo or TCP
- `sale`: the same with the traffic of a sale: full segments, connections
- `rate_limits`: separate path loss from replies dropped by a rate limiter
- `segments`: find and sample hosts on the nearer part of the path
- `survey`: all of these in the right order
"""
