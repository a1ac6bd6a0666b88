"""Guided troubleshooting for a merchant: measure, ask, one step at a time, re-check.

What is known of faults, questions and remedies stands in `data/*.toml`; `knowledge`
reads it, `belief` weighs it, `choose` picks the next step, `walk` keeps the state and
`drive` carries it out with a person (or a script) and a measurer. Nothing here touches
the machine or prints.
"""

from posdiag.texts.lookup import Texts

WORDS = Texts("posdiag.guide", "words.toml")
