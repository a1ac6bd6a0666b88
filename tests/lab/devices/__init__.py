"""The device lab: modems, and what else hangs on a wire or a bus, faulty and healthy.

    python -m tests.lab.devices                    every case once
    python -m tests.lab.devices --case 'cellular-*'
    python -m tests.lab.devices --list

posdiag is started as a user would start it, and only its reports, its recording and its
exit code are read. Devices are on pseudo-terminals, on loopback or on a bus of their
own; no root is needed.
"""
