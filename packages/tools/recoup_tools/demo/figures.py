"""The figures of a run: what was billed, paid, pursued and recovered, and how long it took."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from recoup_tools.demo.books import Discrepancy, FinalRecord, LogFigures, check_claim, read_log
from recoup_tools.demo.manifest import ExpectedClaim
from shared.events.assessment import ClaimDenied, ClaimPaidFairly, ClaimUnjudged, DisputeWidened, UnderpaymentFlagged
from shared.events.base import Envelope, Event
from shared.events.claims import (
    ClaimReceived,
    ClaimReplaced,
    RemittanceReceived,
    RemittanceRecouped,
    RemittanceReversed,
)
from shared.events.idr import IdrDetermined, IdrInitiated
from shared.events.pursuit import AppealDecided, AppealFiled, NegotiationOpened, PaymentDemanded
from shared.events.settlement import (
    ClaimReopened,
    ClaimSettled,
    LineAgreed,
    OfferCountered,
    OfferExpired,
    OfferReceived,
    OfferWithdrawn,
    RemittanceOverdue,
    SettlementPaid,
    SettlementReinstated,
    SettlementShort,
)

ZERO = Decimal(0)
_KEPT_DISCREPANCIES = 1000
_COUNTED: dict[type[Event], str] = {
    ClaimReceived: "claims received",
    ClaimReplaced: "claims replaced",
    RemittanceReceived: "remittances received",
    RemittanceReversed: "remittances reversed",
    RemittanceRecouped: "recoupments from other payments",
    UnderpaymentFlagged: "underpayments flagged",
    ClaimPaidFairly: "claims paid fairly",
    ClaimDenied: "claims denied",
    DisputeWidened: "disputes widened",
    ClaimUnjudged: "claims unjudged",
    AppealFiled: "appeals filed",
    AppealDecided: "appeals decided",
    NegotiationOpened: "negotiations opened",
    IdrInitiated: "IDR initiated",
    IdrDetermined: "IDR determined",
    OfferReceived: "offers received",
    OfferCountered: "offers countered",
    OfferWithdrawn: "offers withdrawn",
    OfferExpired: "offers expired",
    LineAgreed: "lines agreed",
    ClaimSettled: "claims settled",
    SettlementPaid: "settlements paid",
    SettlementShort: "settlements short",
    SettlementReinstated: "settlements reinstated",
    PaymentDemanded: "payments demanded",
    ClaimReopened: "claims reopened",
    RemittanceOverdue: "remittances overdue",
}
_VERDICTS: dict[type[Event], str] = {
    UnderpaymentFlagged: "underpaid",
    ClaimPaidFairly: "paid_fairly",
    ClaimDenied: "denied",
    ClaimUnjudged: "unjudged",
}


class Spread(msgspec.Struct, frozen=True):
    """A distribution: how many values, their mean and their percentiles (nearest rank)."""

    n: int
    mean: Decimal
    p50: Decimal
    p90: Decimal
    p99: Decimal


class Figures(msgspec.Struct, kw_only=True):
    """The summary of a run. Amounts in dollars, shares as ratios, latencies in seconds.

    `uplift` is dollars recovered on each claim under dispute; `uplift_ratio` the same as a share of what was paid at
    first, for those that were paid something; `unjudged` counts claims that could not be judged by the first reason;
    `agreement` the share of claims whose first verdict is the one the
    generator built the remittance for.
    """

    claims: int
    by_state: dict[str, int]
    by_end: dict[str, int]
    settled_by: dict[str, int]
    events: dict[str, int]
    unjudged: dict[str, int]
    underpaid_share: Decimal
    agreement: Decimal
    billed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    recovered: Decimal
    costs: Decimal
    uplift: Spread | None
    uplift_ratio: Spread | None
    latency: dict[str, Spread]


class Books:
    """Takes in the claims of a run one at a time; then gives the discrepancies and the figures."""

    def __init__(self) -> None:
        self.discrepancies: list[Discrepancy] = []
        self.discrepancy_count = 0
        self._claims = 0
        self._control_numbers: set[str] = set()
        self._by_state: dict[str, int] = {}
        self._by_end: dict[str, int] = {}
        self._settled_by: dict[str, int] = {}
        self._events: dict[str, int] = {}
        self._verdicts: dict[str, int] = {}
        self._unjudged: dict[str, int] = {}
        self._agree = 0
        self._judged = 0
        self._billed = self._first = self._paid = self._recovered = self._costs = ZERO
        self._uplift: list[Decimal] = []
        self._ratio: list[Decimal] = []
        self._latency: dict[str, list[Decimal]] = {}

    def add(
        self,
        expected: ExpectedClaim | None,
        record: FinalRecord | None,
        log: Sequence[Envelope],
        latency: Mapping[str, Decimal] | None = None,
    ) -> list[Discrepancy]:
        """Check and count one claim; `latency` maps a name (`to flagged`, `to settled`) to seconds measured outside."""
        found = check_claim(self._claims, expected, record, log)
        self._claims += 1
        if record is not None:
            if record.control_number in self._control_numbers:
                found.append(Discrepancy(record.claim_id, "one record a claim", "one", "another with its number"))
            self._control_numbers.add(record.control_number)
            self._count(expected, record, log, read_log(log))
        for name, seconds in (latency or {}).items():
            self._latency.setdefault(name, []).append(seconds)
        self.discrepancy_count += len(found)
        self.discrepancies += found[: max(_KEPT_DISCREPANCIES - len(self.discrepancies), 0)]
        return found

    def _count(
        self, expected: ExpectedClaim | None, record: FinalRecord, log: Sequence[Envelope], figures: LogFigures
    ) -> None:
        _bump(self._by_state, record.state)
        _bump(self._by_end, record.close_reason or record.state)
        verdict = ""
        for envelope in log:
            kind = type(envelope.data)
            if kind in _COUNTED:
                _bump(self._events, _COUNTED[kind])
            if isinstance(envelope.data, ClaimSettled):
                _bump(self._settled_by, envelope.data.basis)
            if isinstance(envelope.data, ClaimUnjudged) and not verdict:
                _bump(self._unjudged, _reason(envelope.data))
            verdict = verdict or _VERDICTS.get(kind, "")
        if verdict:
            self._judged += 1
            _bump(self._verdicts, verdict)
            self._agree += expected is not None and expected.verdict == verdict
        self._billed += record.billed
        self._first += record.paid_at_first
        self._paid += record.paid
        self._recovered += record.recovered
        self._costs += record.costs
        if figures.disputed:
            self._uplift.append(record.recovered)
            if record.paid_at_first > 0:
                self._ratio.append(record.recovered / record.paid_at_first)

    def figures(self) -> Figures:
        """The summary of what was added so far."""
        return Figures(
            claims=self._claims,
            by_state=dict(sorted(self._by_state.items())),
            by_end=dict(sorted(self._by_end.items())),
            settled_by=dict(sorted(self._settled_by.items())),
            events={name: self._events.get(name, 0) for name in _COUNTED.values()},
            unjudged=dict(sorted(self._unjudged.items(), key=lambda one: -one[1])),
            underpaid_share=_share(self._verdicts.get("underpaid", 0), self._judged),
            agreement=_share(self._agree, self._judged),
            billed=self._billed,
            paid_at_first=self._first,
            paid=self._paid,
            recovered=self._recovered,
            costs=self._costs,
            uplift=spread(self._uplift, "0.01"),
            uplift_ratio=spread(self._ratio, "0.0001"),
            latency={name: one for name, values in sorted(self._latency.items()) if (one := spread(values, "0.0001"))},
        )


def _reason(event: ClaimUnjudged) -> str:
    """The first reason, without the line and the code that it is told of."""
    reason = event.reasons[0] if event.reasons else "no reason is told"
    return re.sub(r"^.*?no benchmark: ", "", reason)


def spread(values: Sequence[Decimal], step: str) -> Spread | None:
    """The distribution of the values, rounded half up to `step`; None for none."""
    if not values:
        return None
    ordered = sorted(values)

    def rounded(value: Decimal) -> Decimal:
        return value.quantize(Decimal(step), rounding=ROUND_HALF_UP)

    def at(percent: int) -> Decimal:
        # nearest rank: the smallest value that at least `percent` % of the values do not exceed
        return rounded(ordered[max(-(-percent * len(ordered) // 100), 1) - 1])

    mean = sum(ordered, ZERO) / len(ordered)
    return Spread(len(ordered), rounded(mean), at(50), at(90), at(99))


def _share(part: int, whole: int) -> Decimal:
    return (Decimal(part) / whole).quantize(Decimal("0.0001")) if whole else ZERO


def _bump(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1
