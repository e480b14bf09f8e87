"""835: payment header, claim payments, provider adjustments, and the balance of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from services.intake.adapters.x12.items import Item, ProviderAdjustmentsRead, RemittanceRead
from services.intake.adapters.x12.parser import Unit
from services.intake.adapters.x12.transaction import TransactionReader
from services.intake.adapters.x12.values import day, number, optional_number
from services.intake.domain.claim import Source
from services.intake.domain.party import Party
from services.intake.domain.remittance import Payment, ProviderAdjustment, ProviderSummary, Remittance
from services.intake.domain.snip.problem import Problem
from services.intake.domain.snip.remittances import payment_balances, validate_remittance

_ROOTS = {"LX": "2000", "CLP": "2100", "PLB": "PLB"}


class RemittanceReader(TransactionReader):
    """Yields a `RemittanceRead` for each CLP and a `ProviderAdjustmentsRead` where there are PLBs."""

    boundaries = frozenset({"LX", "CLP", "PLB"})
    unit_roots = frozenset({"2100"})

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._payment = Payment()
        self._amount: Decimal | None = None
        self._header_text = ""
        self._header_problems: tuple[Problem, ...] = ()
        self._summary: ProviderSummary | None = None
        self._level_text = ""
        self._paid = Decimal(0)
        self._unreadable = False
        self._adjustments: list[ProviderAdjustment] = []

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
            self.keep(replace(p, level="transaction") for p in unit.problems)
            self._adjustments.extend(ProviderAdjustment(*row) for row in unit.node.get("plb", ()))
        return None

    def broken(self, control: str, problem: Problem, source: Source) -> Item | None:
        self._unreadable = True
        return RemittanceRead(None, (problem,), control, source)

    def _header(self, unit: Unit) -> None:
        node = unit.node
        self._header_text = unit.text.split(self.delimiters.terminator, 1)[1]
        self._header_problems = tuple(replace(p, level="transaction") for p in unit.problems)
        self.keep(self._header_problems)
        bpr = [*(node.get("bpr") or ()), *[""] * 17][:17]
        trn = [*(node.get("trn") or ()), *[""] * 5][:5]
        try:
            self._amount = number(bpr[2])
        except ValueError:
            self._amount = None
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

    def _provider(self, unit: Unit) -> None:
        node = unit.node
        self._level_text = unit.text
        ts3, ts2 = node.get("ts3") or [""], node.get("ts2") or [""]
        self._summary = ProviderSummary(str(node.get("lx") or ""), tuple(ts3[1:]), tuple(ts2[1:]))
        self.keep(unit.problems)

    def _claim(self, unit: Unit) -> RemittanceRead:
        node = unit.node
        source = self.source(unit, self._header_text, self._level_text, "", "")
        problems = unit.problems
        e = [*(node.pop("base", None) or ()), *[""] * 15][:15]
        remittance: Remittance | None = None
        try:
            remittance = Remittance(
                e[1], e[2], number(e[3]), number(e[4]), optional_number(e[5]) or Decimal(0), e[6], e[7], e[8], e[9],
                e[11], optional_number(e[12]), optional_number(e[13]), **node,
                payment=self._payment, summary=self._summary, source=source,
            )  # fmt: skip
            self._paid += remittance.paid
            problems += tuple([unit.locate(f) for f in validate_remittance(remittance)])
        except ValueError:
            self._unreadable = True
            if not problems:
                problems = (Problem("claim", 1, "CLP", "the claim payment cannot be read", "send CLP as the guide "
                                    "has it", "2100", unit.first, code="8"),)  # fmt: skip
        problems = self._header_problems + problems
        self.note(problems)
        return RemittanceRead(remittance, problems, e[1], source)

    def finish(self) -> Iterator[Item]:
        total = sum([a.amount for a in self._adjustments], Decimal(0))
        if self._adjustments:
            yield ProviderAdjustmentsRead(self._payment, tuple(self._adjustments), total)
        balances = self._amount is not None and payment_balances(self._amount, self._paid, total)
        if not balances and not self._unreadable:
            self.problems.append(
                Problem(
                    "transaction",
                    3,
                    "BPR",
                    "the payment is not the sum of the claim payments less the provider adjustments",
                    "BPR02 must equal the sum of CLP04 less the sum of the PLB amounts",
                    "HEADER",
                    2,
                    2,
                    data_element="782",
                    code="I12",
                )
            )
