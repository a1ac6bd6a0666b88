"""A walk and its report, full of what must not leave the shop."""

from typing import Any

PLANTED = {
    "shop": "Zhang San's Corner",
    "ssid": "张三的店-5G",
    "host": "pos.bank-of-zhang.com",
    "address": "192.168.77.23",
    "gateway": "192.168.77.1",
    "public": "203.0.113.77",
    "ipv6": "2001:db8:77::23",
    "mac": "02:00:5e:77:00:01",
    "card": "4111 1111 1111 1111",
    "imsi": "460001234567890",
    "terminal": "10007777",
    "phone": "13800007777",
}


def _pair() -> dict[str, str]:
    p = PLANTED
    text = (
        f"{p['ssid']} {p['host']} {p['address']} by {p['gateway']}, {p['mac']}, "
        f"{p['ipv6']}, card {p['card']}"
    )
    return {"zh": text, "en": text}


def report() -> dict[str, Any]:
    p, pair = PLANTED, _pair()
    return {
        "schema": "posdiag.report/1",
        "started_at": "2026-01-31T08:15:02+08:00",
        "site": {"name": p["shop"], "terminal_id": p["terminal"]},
        "verdict": "broken",
        "path_code": "069-999",
        "causes": [
            {
                "id": "router.unreachable",
                "who": "technician",
                "contact": p["phone"],
                "checks": ["router.reach"],
                "facts": {"gateway": p["gateway"], "ssid": p["ssid"]},
                "title": pair,
            }
        ],
        "checks": [
            {
                "id": "router.reach",
                "status": "fail",
                "code": "router.unreachable",
                "facts": {
                    "address": f"{p['address']}/24",
                    "host": p["host"],
                    "imsi": p["imsi"],
                    "servers": [p["public"]],
                    "mask": "255.255.255.0",
                    "seconds": 3.5,
                },
                "blamed_on": None,
                "text": pair,
            }
        ],
    }


def transcript() -> dict[str, Any]:
    p, pair = PLANTED, _pair()
    return {
        "schema": "posdiag.guide/1",
        "symptom": "no-network",
        "steps": [
            {"n": 1, "kind": "measure", "checks": ["router.reach"], "found": []},
            {
                "n": 2,
                "kind": "question",
                "fact": "terminal.address",
                "answer": p["address"],
                "text": pair,
            },
            {
                "n": 3,
                "kind": "action",
                "id": "router.restart",
                "done": True,
                "helped": False,
                "text": pair,
            },
        ],
        "conclusion": {
            "cause": "router.unreachable",
            "who": "technician",
            "contact": p["phone"],
            "confidence": 0.97,
            "outcome": "call",
            "text": pair,
        },
        "asked": 1,
        "report": report(),
    }
