"""Earlier reports, made by hand."""

from datetime import datetime, timedelta, timezone
from typing import Any

from posdiag.history.reading import Past, past
from posdiag.history.watch import Run

ZONE = timezone(timedelta(hours=8))
START = datetime(2026, 1, 31, 8, 15, tzinfo=ZONE)

TITLES = {"zh": "标题", "en": "Title"}


def check(id: str, status: str = "ok", code: str = "", **more: Any) -> dict[str, Any]:
    return {"id": id, "status": status, "code": code, "title": TITLES, **more}


def cause(id: str, severity: str = "broken") -> dict[str, Any]:
    return {"id": id, "severity": severity, "title": {"zh": f"中{id}", "en": id}}


def whole(verdict: str = "healthy", *checks: Any, causes: Any = ()) -> dict[str, Any]:
    return {
        "schema": "posdiag.report/1",
        "version": "0.1.0",
        "started_at": START.isoformat(),
        "duration_s": 1.5,
        "site": {"name": "店"},
        "verdict": verdict,
        "causes": list(causes),
        "checks": list(checks),
        "bytes": {"sent": 100, "received": 50},
    }


def report(verdict: str = "healthy", *checks: Any, causes: Any = ()) -> Past:
    return past(whole(verdict, *checks, causes=causes), "x")


def loss(lost: int, sent: int, **more: Any) -> dict[str, Any]:
    return check("acquirer.loss", facts={"lost": lost, "sent": sent}, **more)


def run(minute: float, verdict: str = "healthy", *causes: str, **more: Any) -> Run:
    named = report(verdict, causes=[cause(id) for id in causes]).causes
    return Run(START + timedelta(minutes=minute), verdict, named, **more)
