"""Benches of real hardware: which there are, which faults they can make, how a trial
goes, and what all trials together say."""

from posdiag.texts.lookup import Texts

TEXTS = Texts("posdiag.lab", "lab.toml")
