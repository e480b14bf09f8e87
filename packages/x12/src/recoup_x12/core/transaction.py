"""What reading any transaction set has in common: units, boundaries, counting and the closing verdict."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping

from recoup_x12.codes.tables import versions
from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.guide import Guide
from recoup_x12.core.items import Item, TransactionEnd, Verdict, has_errors
from recoup_x12.core.limits import Limits
from recoup_x12.core.parser import Unit, UnitParser, unit_parser
from recoup_x12.core.problem import Problem
from recoup_x12.core.source import Source

ENVELOPE = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA"})


class Place:
    """Where a transaction set stands: control numbers of its envelope, for sources and answers."""

    __slots__ = ("group", "implementation", "interchange", "kind", "parties", "transaction")

    def __init__(
        self, interchange: str, group: str, transaction: str, kind: str, implementation: str,
        parties: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.interchange = interchange
        self.group = group
        self.transaction = transaction
        self.kind = kind
        self.implementation = implementation
        self.parties = parties
        """ISA05 to ISA08, GS02, GS03 and ISA15, for sets that are answered by sets of our own."""


class TransactionReader:
    """Reads the segments from ST up to, not including, the next envelope segment.

    Subclasses say which segments open a unit (`boundaries`, by the first three characters of a segment), which
    root loop reads it (`root_of`) and what a finished unit yields (`close_unit`).
    """

    boundaries: frozenset[str] = frozenset()
    unit_roots: frozenset[str] = frozenset()
    """Root loops on which nothing else hangs: claims, claim payments."""

    def __init__(self, guide: Guide, delimiters: Delimiters, limits: Limits, place: Place) -> None:
        self.place = place
        self.limits = limits
        self.delimiters = delimiters
        self.problems: list[Problem] = []
        self.claims = 0
        self.refused = 0
        self.malformed = 0
        self.position: int = 0
        self.warned = False
        self._fatal = False
        self._guide = guide
        self._tables = versions()
        self._root = "HEADER"
        self._parser = self._parser_for("HEADER")
        self._texts: list[str] = []
        self._dropped = 0
        separator = delimiters.element
        self._bounds = frozenset((name + separator)[:3] for name in (*self.boundaries, *ENVELOPE))
        self._names = self.boundaries | ENVELOPE
        self._ends = frozenset((name + separator)[:3] for name in ENVELOPE)

    def _parser_for(self, root: str) -> UnitParser:
        return unit_parser(self._guide, root, self.delimiters, self.limits, self._tables)

    def keep(self, problems: Iterable[Problem]) -> None:
        """Note problems of the set as a whole, of its header or of its levels, within the cap."""
        for problem in problems:
            self._fatal |= problem.level == "transaction" and problem.severity == "error"
            if len(self.problems) < self.limits.problems_per_transaction:
                self.problems.append(problem)

    def level_of(self, text: str, levels: Mapping[str, str], innermost: str) -> str:
        """The root loop that an HL opens by its level code (HL03); of a code that is none of these, the innermost."""
        elements = text.split(self.delimiters.element)
        return levels.get(elements[3] if len(elements) > 3 else "", innermost)

    def root_of(self, text: str) -> str:
        """The root loop that a boundary segment opens."""
        raise NotImplementedError

    def close_unit(self, root: str, unit: Unit) -> Item | None:
        """What a finished unit comes to, if anything is to be yielded yet."""
        raise NotImplementedError

    def finish(self) -> Iterator[Item]:
        """What the whole set yields at its end, before its `TransactionEnd`."""
        return iter(())

    def read(self, segments: list[str], start: int) -> Iterator[Item]:
        """Yield what the segments from `start` on complete; `stopped` is where the next envelope segment is.

        ST itself is the first segment handed in.
        """
        bounds, ends = self._bounds, self._ends
        names, separator = self._names, self.delimiters.element
        count = len(segments)
        begun = start
        first = start + 1 if self.position == 0 and not self._texts else start
        for at in [i for i in range(first, count) if segments[i][:3] in bounds]:
            text = segments[at]
            if text.partition(separator)[0] not in names:
                continue
            if self._texts or at > begun:
                item = self._flush(segments, begun, at)
                if item is not None:
                    yield item
            begun = at
            if text[:3] in ends:
                self.stopped = at
                return
            root = self.root_of(text)
            if root != self._root:
                self._root = root
                self._parser = self._parser_for(root)
        self._keep(segments[begun:])
        self.stopped = count

    def _keep(self, texts: list[str]) -> None:
        """Hold the beginning of a unit until its end has been read; beyond the cap only count."""
        room = self.limits.unit_segments - len(self._texts)
        self._dropped += max(0, len(texts) - room)
        self._texts += texts[: max(0, room)]

    stopped = 0

    def _flush(self, segments: list[str], begun: int, end: int) -> Item | None:
        if self._texts or end - begun > self.limits.unit_segments:
            self._keep(segments[begun:end])
            texts, self._texts = self._texts, []
        else:
            texts = segments[begun:end]
        first, dropped = self.position + 1, self._dropped
        self.position += len(texts) + dropped
        self._dropped = 0
        try:
            return self._close(texts, first, dropped)
        except Exception as error:
            return self._unforeseen(texts, first, error)

    def _close(self, texts: list[str], first: int, dropped: int) -> Item | None:
        parser = self._parser
        lookup, parse = parser.lookup, parser.parse
        entries = [lookup(text) or parse(text) for text in texts]
        unit = parser.unit(entries, texts, first)
        if dropped:
            unit.problems += (
                Problem("claim", 1, entries[0][0].partition("*")[0], "more segments than one claim may have here",
                        "split the claim, or raise the limit unit_segments", position=first, code="5"),
            )  # fmt: skip
        return self.close_unit(self._root, unit)

    def _unforeseen(self, texts: list[str], first: int, error: Exception) -> Item | None:
        """An exception of this reader refuses the one claim it met, or, where claims hang on the unit, the set."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {frame.name}, line {frame.lineno}"
        e = [*texts[0].split(self.delimiters.element), ""]
        lone = self._root in self.unit_roots
        problem = Problem(
            "claim" if lone else "transaction",
            1,
            e[0] if e[0].isalnum() else "",
            f"what begins here met a fault of this reader ({where})",
            "tell who runs it; send it again when the error has been corrected",
            self._root if lone else "",
            position=first,
            code="5" if not lone else "8",
        )
        if not lone:
            self.keep((problem,))
            return None
        self.note((problem,))
        place = self.place
        text = self.delimiters.terminator.join((*texts, ""))
        source = Source(place.interchange, place.group, place.transaction, first, first + len(texts) - 1, claim=text)
        return self.broken(e[1].strip()[:38], problem, source)

    def broken(self, control: str, problem: Problem, source: Source) -> Item | None:
        """What is yielded for a claim or payment on which this reader raised."""
        raise NotImplementedError

    def close(self, trailer: list[Problem], segments: int) -> Iterator[Item]:
        """End of the set: its last unit, then `TransactionEnd` with the trailer's problems."""
        if self._texts:
            item = self._flush([], 0, 0)
            if item is not None:
                yield item
        try:
            yield from list(self.finish())
        except Exception as error:
            self._root = ""
            self._unforeseen(["ST"], 1, error)
        self.problems.extend(trailer)  # beyond the cap: what the trailer says must be told
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
        if self._fatal or any(p.severity == "error" and p.level == "transaction" for p in self.problems):
            return "R"
        if self.claims and self.malformed == self.claims:
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
            if any(p.snip <= 2 and p.severity == "error" for p in problems):
                self.malformed += 1
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
        """Return where a unit stands, with the texts of the levels it depends on."""
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
