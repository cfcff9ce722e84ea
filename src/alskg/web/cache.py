"""Answers as bytes, kept for as long as the graph stays as it is, within a number of bytes."""

from collections import OrderedDict

from alskg.web.representations import OVERHEAD_BYTES, Representation

Question = tuple[str | bytes | None, ...]
"""All that tells one request from another, as far as its answer goes."""

PART_MAX = 8
"""An answer that is larger than this part of the cache would turn out too much of it."""


class Cache:
    """
    The answers to what was asked since the last change; the longest unused go first.

    It is used from the event loop alone.
    """

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._moment: object = None
        self._answers: OrderedDict[Question, tuple[Representation, int]] = OrderedDict()
        self.bytes = 0
        """How much there is."""
        self.evicted = 0
        """How many answers had to go for others."""

    def __len__(self) -> int:
        return len(self._answers)

    @property
    def answer_bytes_max(self) -> int:
        """How large an answer may be to be kept."""
        return self._bytes_max // PART_MAX

    def get(self, question: Question, moment: object) -> Representation | None:
        """The answer at this moment of the graph; every answer of another moment is dropped."""
        if moment != self._moment:
            self.clear()
            self._moment = moment
        found = self._answers.get(question)
        if found is None:
            return None
        self._answers.move_to_end(question)
        return found[0]

    def put(self, question: Question, answer: Representation, moment: object) -> None:
        """Keeps an answer, or what was added to it, unless the graph has moved on or it is too large."""
        size = answer.bytes + OVERHEAD_BYTES + sum(len(part) for part in question if part)
        if moment != self._moment or size > self.answer_bytes_max:
            return
        _, before = self._answers.pop(question, (None, 0))
        self._answers[question] = (answer, size)
        self.bytes += size - before
        while self.bytes > self._bytes_max:
            self.bytes -= self._answers.popitem(last=False)[1][1]
            self.evicted += 1

    def grew(self, question: Question, answer: Representation, moment: object) -> None:
        """Takes note that more belongs to an answer now, where it is the one that is kept."""
        if self._answers.get(question, (None, 0))[0] is answer:
            self.put(question, answer, moment)

    def clear(self) -> None:
        """Drops all of it."""
        self._answers.clear()
        self.bytes = 0
