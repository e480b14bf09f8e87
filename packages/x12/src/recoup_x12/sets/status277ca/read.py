"""Reads what a receiver says of claims: the 277CA (005010X214), and the 277 that answers an inquiry (005010X212)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.guide import Guide
from recoup_x12.core.items import Item
from recoup_x12.core.limits import Limits
from recoup_x12.core.party import EMPTY_PARTY, Party
from recoup_x12.core.plain_reader import PlainReader
from recoup_x12.core.transaction import Place
from recoup_x12.core.values import dated, number
from recoup_x12.sets.status277ca.items import StatusRead

_SEGMENTS = frozenset(["ST", "BHT", "HL", "NM1", "TRN", "STC", "QTY", "AMT", "DTP", "REF", "SVC", "PER"])
_SENDERS = frozenset({"PR", "AY"})
_PROVIDERS = frozenset({"85", "1P"})
_PATIENTS = frozenset({"QC", "IL"})


class StatusReader(PlainReader):
    """Yields a `StatusRead` for each STC, at payer, receiver, provider and claim level and of lines."""

    allowed = _SEGMENTS
    levels: ClassVar[dict[str, str]] = {"20": "payer", "21": "receiver", "19": "provider", "PT": "claim"}
    inquired: ClassVar[bool] = False
    """TRN02 of a claim is the inquiry's number, not the claim's."""

    def __init__(self, guide: Guide, delimiters: Delimiters, limits: Limits, place: Place) -> None:
        super().__init__(guide, delimiters, limits, place)
        self._level = ""
        self._entity = self._reference = self._batch = self._provider = ""
        self._sender = self._patient = EMPTY_PARTY
        self._about: dict[str, Any] = {}  # what is told of the claim after its STC
        self._line: dict[str, Any] | None = None
        self._pending: list[dict[str, Any]] = []

    def segment(self, name: str, e: list[str]) -> Iterator[Item]:
        if name in ("HL", "TRN"):
            yield from self.last()
        handler = {"BHT": self._bht, "HL": self._hl, "NM1": self._nm1, "TRN": self._trn, "STC": self._stc,
                   "REF": self._ref, "DTP": self._dtp, "SVC": self._svc}.get(name)  # fmt: skip
        if handler is not None:
            handler(e)

    def _bht(self, e: list[str]) -> None:
        self._batch = e[3]

    def _hl(self, e: list[str]) -> None:
        self._level = self.levels.get(e[3], "")
        self._reference = self._entity = ""
        if not self._level:
            self._problem("HL", 3, "7", "not a level of this guide")
        if e[3] != "23":  # a dependent's claims may be told under the subscriber's number
            self._patient = EMPTY_PARTY

    def _nm1(self, e: list[str]) -> None:
        self._entity = e[9]
        party = Party(e[1], e[2], e[3], e[4], id_qualifier=e[8], id=e[9])
        if e[1] in _SENDERS:
            self._sender = party
        elif e[1] in _PROVIDERS:
            self._provider = e[9]
        elif e[1] in _PATIENTS:
            self._patient = party if e[9] else Party(e[1], e[2], e[3], e[4], id=self._patient.id)

    def _trn(self, e: list[str]) -> None:
        self._reference = e[2]

    def _stc(self, e: list[str]) -> None:
        statuses: list[tuple[str, str, str]] = []
        for text in (e[1], e[10], e[11]):
            parts = [*text.split(self.delimiters.component), "", ""]
            if text:
                statuses.append((parts[0], parts[1], parts[2]))
        status = {
            "statuses": tuple(statuses), "action": e[3], "date": e[2], "amount": self._amount(e[4], 4),
            "paid": self._amount(e[5], 5), "of_line": self._line is not None, "line": self._line,
        }  # fmt: skip
        self._pending.append(status)

    def _amount(self, text: str, element: int) -> Decimal | None:
        try:
            return number(text) if text else None
        except ValueError:
            self._problem("STC", element, "6", "not an amount")
            return None

    def _ref(self, e: list[str]) -> None:
        if e[1] == "1K":
            self._about["payer_claim_number"] = e[2]
        elif e[1] == "EJ":
            self._about["control_number"] = e[2]
        elif e[1] == "FJ" and self._line is not None:
            self._line["line_number"] = e[2]

    def _dtp(self, e: list[str]) -> None:
        if e[1] == "472" and self._line is None and self._level == "claim":
            served = dated(e[1], e[2], e[3])
            self._about["served_from"], self._about["served_to"] = served.start, served.end

    def _svc(self, e: list[str]) -> None:
        parts = [*e[1].split(self.delimiters.component), ""]
        self._line = {"procedure": parts[1] or e[4]}

    def last(self) -> Iterator[Item]:
        """What the loop that ends here has told."""
        pending, about = self._pending, self._about
        self._pending, self._about, self._line = [], {}, None
        claim = self._level == "claim"
        if claim and not self.inquired:
            about.setdefault("control_number", self._reference)
        for status in pending:
            line: dict[str, Any] = status.pop("line") or {}
            yield StatusRead(
                level=self._level, reference=self._reference, entity_id=self._entity,
                implementation=self.place.implementation, batch=self._batch, sender=self._sender,
                provider_id=self._provider, patient=self._patient if claim else EMPTY_PARTY, **status, **about, **line,
            )  # fmt: skip
