"""Loss and RTT on the path to the acquirer, by segment.

- `samples`: the values: one host's sample, segments, the whole survey
- `probes`: ask a host single probes, at a pace, and add their answers to its sample
- `sampling`: sample one host by ICMP echo or TCP
- `sale`: the same for what a sale sends: full segments, connections
- `rate_limits`: tell path loss from replies that are dropped by a rate limiter
- `segments`: find and sample hosts on the nearer part of the path
- `survey`: all of these in the right order
"""
