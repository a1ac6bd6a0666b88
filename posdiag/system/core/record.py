"""A recording of a run: its questions and answers, so that it can be judged again.

A recording holds addresses, names and paths (`client_key` is the path of a key), never
a `Secret`: a passphrase, or the message of an `Exchange`, which has the shop's merchant
and terminal number. Of its reply the answer keeps only what a diagnosis needs.
"""

import json
from pathlib import Path
from typing import Any

from posdiag import __version__
from posdiag.model.questions.base import A, Question, System, Unknown
from posdiag.system.core.codec import Json, encode
from posdiag.system.core.dispatch import Layer
from posdiag.system.core.files import PRIVATE, replace_file

SCHEMA = "posdiag.recording/1"


class Recorder(Layer):
    """A system that keeps its questions and answers.

    Of equal questions it keeps the first answer, or the first since the machine was
    changed.
    """

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self._answers: dict[Question[Any], Any] = {}
        self._new: set[Question[Any]] = set()

    @property
    def pairs(self) -> tuple[tuple[Question[Any], Any], ...]:
        """Questions and answers in the order in which they were answered."""
        return tuple(self._answers.items())

    async def ask(self, question: Question[A]) -> A | Unknown:
        answer = await self._system.ask(question)
        if question.changes:
            self._new = {q for q in self._new if q.lasts}
        if question not in self._new:
            self._answers[question] = answer
            self._new.add(question)
        return answer

    def save(self, path: str | Path) -> None:
        """Write the recording. Raises OSError as the file system says."""
        pairs: list[Json] = [
            {"question": encode(question), "answer": encode(answer)}
            for question, answer in self.pairs
        ]
        document = {
            "schema": SCHEMA,
            "version": __version__,
            "system": self.name,
            "pairs": pairs,
        }
        # ASCII, because names that came from outside may hold what UTF-8 cannot write.
        text = json.dumps(document, ensure_ascii=True, allow_nan=False, indent=1)
        replace_file(Path(path), (text + "\n").encode("ascii"), PRIVATE)
