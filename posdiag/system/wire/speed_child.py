"""speedtest-cli, in a process of its own: one test, one line of JSON.

Its own command transfers for ten seconds each way, whatever that costs; here the files
and their number are fixed, so that the cost is known before.
"""

import json
import os
import sys

DOWN_SIZE, DOWN_COUNT = 1000, 5  # files of 2 MB
UP_SIZE, UP_COUNT = 500_000, 10  # bytes
LONGEST = 6  # seconds each way
STEP = 5.0  # seconds of one HTTP request


def main() -> None:
    """Ends when its parent closes the pipe, by the signal of the failing write."""
    out = os.dup(sys.stdout.fileno())  # the import wraps the two standard ones
    try:
        answer = measure()
    except Exception as error:  # noqa: BLE001 # whatever the library raises
        answer = {"trouble": f"{type(error).__name__} {error}"[:200].strip()}
    os.write(out, json.dumps(answer).encode() + b"\n")


def measure() -> dict[str, object]:
    import speedtest

    test = speedtest.Speedtest(timeout=STEP, secure=True)  # plain HTTP gets a 403
    test.get_best_server()
    test.config["sizes"] = {"download": [DOWN_SIZE], "upload": [UP_SIZE]}
    test.config["counts"] = {"download": DOWN_COUNT, "upload": UP_COUNT}
    test.config["length"] = {"download": LONGEST, "upload": LONGEST}
    test.config["upload_max"] = UP_COUNT
    test.download(threads=2)
    test.upload(threads=2, pre_allocate=False)
    found = test.results
    return {
        "down": found.download,
        "up": found.upload,
        "ping": found.ping,
        "server": str(test.best.get("sponsor", "")),
        "sent": found.bytes_sent,
        "received": found.bytes_received,
    }
