"""Children of the tests of `json_child` and `launcher`."""

import json
import subprocess
import sys
import time


def main() -> None:
    """Do what each line of stdin asks for."""
    for line in sys.stdin:
        request = json.loads(line)
        match request["do"]:
            case "repeat":
                print(json.dumps({"said": request["text"]}), flush=True)
            case "print":
                print(request["text"], flush=True)
            case "find":
                found = __import__(request["module"]).__file__
                print(json.dumps({"file": found}), flush=True)
            case "start":
                started = subprocess.Popen(["sleep", "3599"])
                print(json.dumps({"pid": started.pid}), flush=True)
            case "hang":
                time.sleep(3600)
    print(json.dumps({"input": "closed"}), flush=True)
