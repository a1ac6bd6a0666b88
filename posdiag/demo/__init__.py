"""A shop inside the program: simulators on loopback and a model of the way to them.

`world` says what a shop is made of, `shop` describes one, `faults` changes it, `stage`
starts its servers on 127.0.0.1, `system` answers the questions of the checks from both.
"""
