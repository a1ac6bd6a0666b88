"""All access to the machine and the network, behind one protocol.

Plugins import the words of `posdiag.model.questions.base` from here.
"""

from posdiag.model.questions.base import A, A_co, Question, System, Unknown, ask_all

__all__ = ["A", "A_co", "Question", "System", "Unknown", "ask_all"]
