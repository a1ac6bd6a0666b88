"""What does a report mean in words? One structure, which all renderers print."""

from posdiag.texts.explain.explained import (
    Explained,
    ExplainedCause,
    ExplainedResult,
    Note,
    Rival,
)
from posdiag.texts.explain.money import gated
from posdiag.texts.explain.parties import contact
from posdiag.texts.explain.report import commissioned, explain, explain_result

__all__ = [
    "Explained", "ExplainedCause", "ExplainedResult", "Note", "Rival", "commissioned",
    "contact", "explain", "explain_result", "gated",
]  # fmt: skip
