"""835: payment header, claim payments, provider adjustments, and the balance of the whole.

Nothing in an 835 is refused for what surrounds it: each claim payment is judged by itself (`doubts.py`), and what
comes out uneven of the set as a whole is an item of its own. A set that cannot be read by the guide at all (another
version, no envelope) is read for its claim payments all the same, each of them in doubt for that reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Literal

from msgspec.structs import replace

from recoup_x12.core.dictionary import DICTIONARY
from recoup_x12.core.guide import compile_guide
from recoup_x12.core.items import Item, Verdict, has_errors
from recoup_x12.core.parser import Unit
from recoup_x12.core.party import Party
from recoup_x12.core.problem import Problem
from recoup_x12.core.segments import amount_of
from recoup_x12.core.source import Source
from recoup_x12.core.transaction import ENVELOPE, TransactionReader
from recoup_x12.core.values import day, is_number
from recoup_x12.sets.remittance835 import guide
from recoup_x12.sets.remittance835.assemble import ASSEMBLY
from recoup_x12.sets.remittance835.damaged import conspicuous, may_be_glued, parted, problem_of, repaired
from recoup_x12.sets.remittance835.doubts import doubts_of
from recoup_x12.sets.remittance835.items import PaymentItemRead, ProviderAdjustmentsRead, RemittanceRead
from recoup_x12.sets.remittance835.model import Payment, ProviderAdjustment, ProviderSummary, Remittance
from recoup_x12.sets.remittance835.pairs import are_of_pairs, pairs_of
from recoup_x12.sets.remittance835.rules import payment_balances, validate_remittance

REMITTANCE = compile_guide("remittance", guide.TABLE, ASSEMBLY)
_STRETCH, _LONGEST = 32, 512
"""Segments that are looked through at once: first few, since a set may be short."""
_ROOTS = {"LX": "2000", "CLP": "2100", "PLB": "PLB"}
_BROKEN_OFF = Problem(
    "claim", 1, "CLP", "the input breaks off in this claim payment", "send the whole 835 again", "2100", code="8"
)
_NO_HEADER = Problem(
    "claim", 1, "BPR", "the header of this 835 met a fault of this reader", "tell who runs it", "HEADER", code="8"
)
_PLAIN = Payment()


class RemittanceReader(TransactionReader):
    """Yields a `RemittanceRead` for each CLP, a `ProviderAdjustmentsRead` where there are PLBs, and what is uneven."""

    boundaries = frozenset({"LX", "CLP", "PLB"})
    unit_roots = frozenset({"2100"})

    def __init__(self, *args: Any, refusal: Problem | None = None) -> None:
        super().__init__(*args)
        self._refusal = refusal
        self._payment = _PLAIN
        self._amount: Decimal | None = None
        self._header_read = False
        self._header_text = ""
        self._header_problems: tuple[Problem, ...] = ()
        self._summary: ProviderSummary | None = None
        self._level_text = ""
        self._paid = Decimal(0)
        self._interest = Decimal(0)
        self._unreadable = False
        self._broken_off = False
        self._adjustments: list[ProviderAdjustment] = []
        self._doubtful_adjustments = Decimal(0)
        self._apart: list[PaymentItemRead] = []
        self._damaged: list[Problem] = []
        separator = self.delimiters.element
        self._short = frozenset(name + separator for name in DICTIONARY if len(name) == 2 and name not in ENVELOPE)
        self._long = frozenset(name + separator for name in DICTIONARY if len(name) == 3 and name not in ENVELOPE)

    def root_of(self, text: str) -> str:
        return _ROOTS[text.partition(self.delimiters.element)[0]]

    def close_unit(self, root: str, unit: Unit) -> Item | None:
        if root == "2100":
            return self._claim(unit)
        if root == "HEADER":
            self._header(unit)
        elif root == "2000":
            self._provider(unit)
        else:
            return self._provider_adjustments(unit)
        return None

    def broken(self, control: str, problem: Problem, source: Source) -> Item | None:
        elements = [*source.claim.split(self.delimiters.terminator, 1)[0].split(self.delimiters.element), *[""] * 5]
        charge, paid = _amount(elements[3]), _amount(elements[4])
        self._count(paid)
        return RemittanceRead((problem,), control, None, source, (problem,), self._payment, charge, paid)

    def read(self, segments: list[str], start: int) -> Iterator[Item]:
        self._repair(segments, start)
        return super().read(segments, start)

    def _repair(self, segments: list[str], start: int) -> None:
        """Take blanks from before segments, and read those that bear money under the name they were meant to have.

        Those that lost the terminator between them are parted. Where a stretch has only known names and nothing that
        may be glued, which is so of nearly all, it is passed over as a whole.
        """
        element, terminator = self.delimiters.element, self.delimiters.terminator
        before = self.position + len(self._texts) + self._dropped + 1 - start
        at, size = start, _STRETCH
        while at < len(segments):
            stretch = segments[at : at + size]
            odd: list[int] = []
            for n in conspicuous(stretch, element, terminator):
                named = self._is_known(stretch[n])
                if not named and self._is_end(stretch[n], at + n > start):
                    odd.append(n)
                    break
                if not named or may_be_glued(stretch[n], element):
                    odd.append(n)
            more = 0
            for n in odd:
                parts = self._repair_one(segments, at + n + more, before)
                if any(self._is_end(segments[k], k > start) for k in range(at + n + more, at + n + more + parts + 1)):
                    return
                more += parts
            at, size = at + len(stretch) + more, min(2 * size, _LONGEST)

    def _is_known(self, text: str) -> bool:
        """Return True if a segment begins with a name that X12 has, and that is none of an envelope's."""
        return text[:4] in self._long or text[:3] in self._short

    def _is_end(self, text: str, inside: bool) -> bool:
        """Return True if it ends the set, or begins another: what follows is not of this one."""
        return text.lstrip()[:3] in self._ends and bool(inside or self.position or self._texts)

    def _repair_one(self, segments: list[str], at: int, before: int) -> int:
        """Mend one segment in its place; how many segments it turned out to hold beside the first."""
        separator = self.delimiters.element
        text = segments[at] = segments[at].lstrip()
        repaired_text = None if self._is_known(text) else repaired(text, separator)
        if repaired_text is not None:
            segments[at] = repaired_text
            self._note_damage(problem_of(repaired_text[:3], before + at))
        parts = 0
        while (both := parted(segments[at + parts], separator)) is not None:
            segments[at + parts : at + parts + 1] = both
            parts += 1
            name = both[1].partition(separator)[0]
            self._note_damage(problem_of(name, before + at + parts, glued=True))
        return parts

    def _note_damage(self, problem: Problem | None) -> None:
        if problem is not None:
            self._damaged.append(problem)

    def _damaged_in(self, unit: Unit) -> tuple[Problem, ...]:
        """The damaged names of one unit, each told once."""
        found = tuple(p for p in self._damaged if unit.first <= p.position <= unit.last)
        self._damaged = [p for p in self._damaged if p.position > unit.last]
        return found

    def _of_the_set(self, unit: Unit) -> tuple[Problem, ...]:
        """The problems of a unit that belongs to no claim payment."""
        return tuple(replace(p, level="transaction") for p in (*unit.problems, *self._damaged_in(unit)))

    def close(self, trailer: list[Problem], segments: int) -> Iterator[Item]:
        self._broken_off = bool(self._texts)
        return super().close(trailer, segments)

    def _verdict(self) -> Verdict:
        """Rejected only where it cannot be read to its end: what is told apart stands, or is held here."""
        if self._refusal is not None or self._broken_off:
            return "R"
        return "E" if self.refused or self.problems or self.warned else "A"

    def _header(self, unit: Unit) -> None:
        node = unit.node
        self._header_text = unit.text.split(self.delimiters.terminator, 1)[1]
        self._header_problems = self._of_the_set(unit)
        self.keep(self._header_problems)
        bpr = [*(node.get("bpr") or ()), *[""] * 17][:17]
        trn = [*(node.get("trn") or ()), *[""] * 5][:5]
        self._amount = _amount(bpr[2])
        self._payment = Payment(
            bpr[1],
            self._amount or Decimal(0),
            bpr[3],
            bpr[4],
            tuple(bpr[5:16]),
            day(bpr[16]),
            trn[2],
            trn[3],
            trn[4],
            node.get("currency") or "",
            node.get("payer") or Party("PR"),
            node.get("payee") or Party("PE"),
            self.delimiters.element.join((node.get("rdm") or [""])[1:]),
            node.get("references", ()),
            node.get("dates", ()),
            node.get("extra", ()),
        )
        self._header_read = True

    def _provider(self, unit: Unit) -> None:
        node = unit.node
        self._level_text = unit.text
        ts3, ts2 = node.get("ts3") or [""], node.get("ts2") or [""]
        self._summary = ProviderSummary(str(node.get("lx") or ""), tuple(ts3[1:]), tuple(ts2[1:]))
        self.keep((*unit.problems, *self._damaged_in(unit)))

    def _claim(self, unit: Unit) -> RemittanceRead:
        node = unit.node
        source = self.source(unit, self._header_text, self._level_text, "", "")
        problems = unit.problems
        e = [*(node.pop("base", None) or ()), *[""] * 15][:15]
        charge, paid = _amount(e[3]), _amount(e[4])
        self._count(paid)
        remittance: Remittance | None = None
        if charge is not None and paid is not None:
            remittance = Remittance(
                e[1], e[2], charge, paid, _amount(e[5]) or Decimal(0), e[6], e[7], e[8], e[9],
                e[11], _amount(e[12]), _amount(e[13]), **node,
                payment=self._payment, summary=self._summary, source=source,
            )  # fmt: skip
            self._interest += amount_of(remittance.amounts, "I") or Decimal(0)
            problems += tuple([unit.locate(f) for f in validate_remittance(remittance)])
        doubts: tuple[Problem, ...] = ()
        if remittance is None or unit.unread or has_errors(problems):
            doubts = tuple(p if p.position else unit.locate(p) for p in doubts_of(remittance, problems, unit.unread))
        if self._damaged:
            doubts += self._damaged_in(unit)
        if self._refusal is not None or self._broken_off or not self._header_read:
            doubts += tuple(self._surroundings(unit.first))
        problems = self._header_problems + problems + tuple([p for p in doubts if p not in problems])
        self.note(doubts)
        self.warned |= bool(problems)
        return RemittanceRead(problems, e[1], remittance, source, doubts, self._payment, charge, paid)

    def _surroundings(self, position: int) -> Iterable[Problem]:
        """What puts every claim payment here in doubt, whatever it says itself."""
        if self._refusal is not None:
            yield replace(self._refusal, level="claim", position=position)
        if self._broken_off:
            yield replace(_BROKEN_OFF, position=position)
        if not self._header_read:
            yield replace(_NO_HEADER, position=position)

    def _count(self, paid: Decimal | None) -> None:
        if paid is None:
            self._unreadable = True
        else:
            self._paid += paid

    def _provider_adjustments(self, unit: Unit) -> Item | None:
        damaged = self._damaged_in(unit)
        problems = tuple(replace(p, level="transaction") for p in (*unit.problems, *damaged))
        self.keep(problems)
        doubts = tuple(p for p in problems if p.severity == "error" and (p.element > 2 or not p.element))
        if doubts and self._refusal is None and are_of_pairs(doubts) and self._part_pairs(unit, doubts):
            return None
        rows = [ProviderAdjustment(*row) for row in unit.node.get("plb", ())]
        if not doubts and not unit.unread and self._refusal is None:
            self._adjustments.extend(rows)
            return None
        if unit.unread:
            self._unreadable = True
        doubtful = sum([row.amount for row in rows], Decimal(0))
        self._doubtful_adjustments += doubtful
        reasons = doubts or (self._refusal,) if self._refusal is not None else doubts or (_PLB,)
        reasons = tuple(p if p.position else replace(p, position=unit.first) for p in reasons)
        amount = None if len(doubts) > len(damaged) or unit.unread else -doubtful
        return PaymentItemRead("adjustment", reasons, self._payment, amount, unit.text)

    def _part_pairs(self, unit: Unit, doubts: tuple[Problem, ...]) -> bool:
        """Take a PLB's certain pairs, each of the others is for a person by itself; False where no pair is in doubt."""
        certain, doubtful = pairs_of(unit.text, self.delimiters, doubts)
        if not doubtful:
            return False
        self._adjustments.extend(certain)
        for pair in doubtful:
            if pair.amount is None:
                self._unreadable = True
            else:
                self._doubtful_adjustments += pair.amount
            amount = None if pair.amount is None else -pair.amount
            item = PaymentItemRead("adjustment", pair.problems, self._payment, amount, pair.text, pair.place)
            self._apart.append(item)
        return True

    def finish(self) -> Iterator[Item]:
        total = sum([a.amount for a in self._adjustments], Decimal(0))
        if self._adjustments:
            yield ProviderAdjustmentsRead(self._payment, tuple(self._adjustments), total)
        yield from self._apart
        total += self._doubtful_adjustments
        balances = self._amount is not None and payment_balances(self._amount, self._paid, total)
        if balances or self._unreadable or self._refusal is not None or not (self.claims or self._amount):
            return
        over = None if self._amount is None else self._amount - self._paid + total
        kind: Literal["interest", "imbalance"] = "interest" if over and over == self._interest else "imbalance"
        problem = _uneven(kind)
        self.problems.append(problem)
        yield PaymentItemRead(kind, (problem,), self._payment, over, self._header_text)


_PLB = Problem(
    "transaction", 1, "PLB", "a provider adjustment cannot be read", "send PLB as the guide has it", "PLB", code="8"
)


def _uneven(kind: str) -> Problem:
    message = "the payment is not the sum of the claim payments less the provider adjustments"
    how_to_fix = "BPR02 must equal the sum of CLP04 less the sum of the PLB amounts"
    if kind == "interest":
        message = "the payment holds interest (AMT*I) that no provider adjustment accounts for"
        how_to_fix = "send interest in a PLB with reason L6 and a negative amount"
    return Problem("transaction", 3, "BPR", message, how_to_fix, "HEADER", 2, 2, data_element="782", code="I12")


def _amount(text: str) -> Decimal | None:
    """An amount in dollars, None where there is none or it is not a number."""
    if not text:
        return None
    if is_number(text):
        return Decimal(text)
    text = text.strip(" ")
    return Decimal(text) if is_number(text) else None
