"""What does a world show by itself, before posdiag looks at it?

`sale.py` pays as a terminal would, `samples.py` counts what is lost, `segment.py` asks
the hosts of the LAN, and `confirm.py` says which of these shows which fault. `tools.py`
shows to a person what ping, dig, curl and openssl say.
"""
