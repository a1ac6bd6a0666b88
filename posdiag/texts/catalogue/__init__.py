"""The texts of checks, findings, causes and measures, by their ids."""

from posdiag.texts.catalogue.catalogue import Catalogue, advice
from posdiag.texts.catalogue.entries import TOUCHES, Advice, CauseText, Gap, Step

__all__ = ["TOUCHES", "Advice", "Catalogue", "CauseText", "Gap", "Step", "advice"]
