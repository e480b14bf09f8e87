"""Reads short, flat transaction sets segment by segment, without a guide's tables."""

from __future__ import annotations

from collections.abc import Iterator

from recoup_x12.core.guide import compile_guide
from recoup_x12.core.items import Item, TransactionEnd, Verdict
from recoup_x12.core.problem import Problem
from recoup_x12.core.transaction import ENVELOPE, TransactionReader

PLAIN = compile_guide("plain", "@HEADER ST R 1 header")
"""Stands for a guide where none is followed."""


class PlainReader(TransactionReader):
    """Reads segment by segment, without a guide's tables: answers are short and flat."""

    allowed: frozenset[str] = frozenset()

    def read(self, segments: list[str], start: int) -> Iterator[Item]:
        for at in range(start, len(segments)):
            e = segments[at].split(self.delimiters.element)
            if e[0] in ENVELOPE and self.position:
                self.stopped = at
                return
            self.position += 1
            if e[0] not in self.allowed:
                self._problem(e[0], 0, "2" if e[0].isalnum() else "1", "the guide has no such segment here")
                continue
            try:
                yield from list(self.segment(e[0], [*e, *[""] * 12]))
            except Exception:
                self._problem(e[0], 0, "8", "the segment could not be read")
        self.stopped = len(segments)

    def segment(self, name: str, e: list[str]) -> Iterator[Item]:
        """Yield what one segment completes.

        Args:
            name: Segment ID.
            e: The split segment, ID first, padded with empty elements.
        """
        raise NotImplementedError

    def last(self) -> Iterator[Item]:
        """Yield what is complete only when the whole set has been read."""
        return iter(())

    def _problem(self, segment: str, element: int, code: str, message: str) -> None:
        if len(self.problems) < self.limits.problems_per_unit:
            name = segment[:3] if segment.isalnum() and segment.isascii() else ""
            self.problems.append(
                Problem(
                    "transaction",
                    1,
                    name,
                    message,
                    "send it as the guide has it",
                    position=self.position,
                    element=element,
                    code=code,
                )
            )

    def close(self, trailer: list[Problem], segments: int) -> Iterator[Item]:
        yield from self.last()
        self.problems.extend(trailer)
        verdict: Verdict = "R" if trailer else "E" if self.problems else "A"
        yield TransactionEnd(self.place.kind, self.place.transaction, verdict, segments, problems=tuple(self.problems))
