"""What reading any transaction set has in common: units, boundaries, counting and the closing verdict."""

from __future__ import annotations

from collections.abc import Iterator

from services.intake.adapters.x12.delimiters import Delimiters
from services.intake.adapters.x12.guide import Guide
from services.intake.adapters.x12.items import Item, TransactionEnd, Verdict, has_errors
from services.intake.adapters.x12.limits import Limits
from services.intake.adapters.x12.parser import Entry, Unit, UnitParser
from services.intake.domain.claim import Source
from services.intake.domain.snip.problem import Problem

ENVELOPE = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA"})


class Place:
    """Where a transaction set stands: control numbers of its envelope, for sources and answers."""

    __slots__ = ("group", "implementation", "interchange", "kind", "transaction")

    def __init__(self, interchange: str, group: str, transaction: str, kind: str, implementation: str) -> None:
        self.interchange = interchange
        self.group = group
        self.transaction = transaction
        self.kind = kind
        self.implementation = implementation


class TransactionReader:
    """Reads the segments from ST up to, not including, the next envelope segment.

    Subclasses say which segments open a unit (`boundaries`, by the first three characters of a segment), which
    root loop reads it (`root_of`) and what a finished unit yields (`close_unit`).
    """

    boundaries: frozenset[str] = frozenset()

    def __init__(
        self, guide: Guide, parsers: dict[str, UnitParser], delimiters: Delimiters, limits: Limits, place: Place
    ) -> None:
        self.place = place
        self.limits = limits
        self.delimiters = delimiters
        self.problems: list[Problem] = []
        self.claims = 0
        self.refused = 0
        self.position = 0
        self.warned = False
        self._guide = guide
        self._parsers = parsers
        self._root = "HEADER"
        self._parser = self._parser_for("HEADER")
        self._entries: list[Entry] = []
        self._texts: list[str] = []
        self._first = 1
        self._overflow = False
        separator = delimiters.element
        self._bounds = frozenset((name + separator)[:3] for name in (*self.boundaries, *ENVELOPE))
        self._ends = frozenset((name + separator)[:3] for name in ENVELOPE)

    def _parser_for(self, root: str) -> UnitParser:
        parser = self._parsers.get(root)
        if parser is None:
            parser = self._parsers[root] = UnitParser(self._guide, root, self.delimiters, self.limits)
        return parser

    def root_of(self, text: str) -> str:
        """The root loop that a boundary segment opens."""
        raise NotImplementedError

    def close_unit(self, root: str, unit: Unit) -> Iterator[Item]:
        """What a finished unit yields."""
        raise NotImplementedError

    def finish(self) -> Iterator[Item]:
        """What the whole set yields at its end, before its `TransactionEnd`."""
        return iter(())

    def read(self, segments: list[str], start: int) -> Iterator[Item]:
        """Yield what the segments from `start` on complete; `stopped` is where the next envelope segment is.

        ST itself is the first segment handed in.
        """
        entries, texts = self._entries, self._texts
        bounds, ends = self._bounds, self._ends
        lookup, parse = self._parser.lookup, self._parser.parse
        cap = self.limits.unit_segments
        position = self.position
        for at in range(start, len(segments)):
            text = segments[at]
            entry = lookup(text)
            if entry is None:
                mark = text[:3]
                if mark in bounds and position:
                    if mark in ends:
                        self.position = position
                        self.stopped = at
                        return
                    if entries:
                        self.position = position
                        yield from self._flush()
                        entries, texts = self._entries, self._texts
                    root = self.root_of(text)
                    if root != self._root:
                        self._root = root
                        self._parser = self._parser_for(root)
                        lookup, parse = self._parser.lookup, self._parser.parse
                    self._first = position + 1
                entry = parse(text)
            position += 1
            if len(entries) >= cap:
                self._overflow = True
                continue
            entries.append(entry)
            texts.append(text)
        self.position = position
        self.stopped = len(segments)

    stopped = 0

    def _flush(self) -> Iterator[Item]:
        entries, texts = self._entries, self._texts
        self._entries, self._texts = [], []
        unit = self._parser.unit(entries, texts, self._first)
        if self._overflow:
            self._overflow = False
            unit.problems += (
                Problem("claim", 1, entries[0][3], "more segments than one claim may have here",
                        "split the claim, or raise the limit unit_segments", position=self._first, code="5"),
            )  # fmt: skip
        return self.close_unit(self._root, unit)

    def close(self, trailer: list[Problem], segments: int) -> Iterator[Item]:
        """End of the set: its last unit, then `TransactionEnd` with the trailer's problems."""
        if self._entries:
            yield from self._flush()
        yield from self.finish()
        self.problems.extend(trailer)
        yield TransactionEnd(
            self.place.kind,
            self.place.transaction,
            self._verdict(),
            segments,
            self.claims,
            self.refused,
            tuple(self.problems),
        )

    def _verdict(self) -> Verdict:
        if any(p.severity == "error" and p.level == "transaction" for p in self.problems):
            return "R"
        if self.claims and self.refused == self.claims:
            return "R"
        if self.refused or self.problems or self.warned:
            return "E"
        return "A"

    def note(self, problems: tuple[Problem, ...]) -> bool:
        """Count a claim with its problems; True where it stands."""
        self.claims += 1
        refused = has_errors(problems)
        if refused:
            self.refused += 1
        elif problems:
            self.warned = True
        if self.claims == self.limits.claims_per_transaction + 1:
            self.problems.append(
                Problem(
                    "transaction",
                    1,
                    "ST",
                    "more claims than one transaction set may hold here",
                    "send them in several transaction sets",
                    position=1,
                    code="5",
                )
            )
        return not refused

    def source(self, unit: Unit, header: str, billing: str, subscriber: str, patient: str) -> Source:
        place = self.place
        return Source(
            place.interchange,
            place.group,
            place.transaction,
            unit.first,
            unit.last,
            self.delimiters.text if self.delimiters.repetition else self.delimiters.element + " "
            + self.delimiters.component + self.delimiters.terminator,
            header,
            billing,
            subscriber,
            patient,
            unit.text,
        )  # fmt: skip
