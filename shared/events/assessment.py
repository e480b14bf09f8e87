"""Events that benchmark emits: what each paid line is worth and whether the payer fell short."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from shared.events.base import Event, Part, contract, under_both_names
from shared.events.life import ANYWHERE, CONTESTED, OVER, UNJUDGED, DisputeScope, State, Transition

Use = Literal["federal_idr", "open_negotiation", "commercial_appeal", "state_process", "internal"]
Verdict = Literal["underpaid", "paid_fairly", "denied", "unjudged"]
LineVerdict = Literal[
    "underpaid",
    "paid_fairly",
    "below_threshold",
    "denied",
    "bundled",
    "duplicate",
    "patient_responsibility",
    "in_network",
    "unjudged",
]


class Benchmark(Part, frozen=True):
    """One comparison figure for one line: dollars for the units billed, its source, and its allowed uses.

    `row` names the exact row of the source release it came from; `n` the sample behind a statistic;
    `fallback` the step taken where the exact key was missing; `caveats` what else holds of the figure only in
    part. 45 CFR 149.510(c)(4)(v) keeps usual and customary charges, billed charges and public-payor rates out
    of a federal IDR exhibit. `own`: a statistic of our own claims, which is not an independent rate.
    """

    source: str
    amount: Decimal
    release: str
    row: str
    uses: tuple[Use, ...]
    percentile: int | None = None
    n: int | None = None
    fallback: str = ""
    caveats: tuple[str, ...] = ()
    allowed_ratio: Decimal | None = None
    own: bool = False


class AssessedLine(Part, frozen=True):
    """One line held against its benchmarks; all amounts in dollars for the whole line.

    `weak_evidence`: underpaid by the policy, but no independent rate that may be shown lies above what was allowed.
    """

    line: int
    code: str
    modifiers: tuple[str, ...]
    charge: Decimal
    allowed: Decimal
    paid: Decimal
    patient_share: Decimal
    verdict: LineVerdict
    floor: Decimal | None = None
    target: Decimal | None = None
    stretch: Decimal | None = None
    confidence: int = 0
    benchmarks: tuple[Benchmark, ...] = ()
    reasons: tuple[str, ...] = ()
    weak_evidence: bool = False

    @property
    def fair(self) -> tuple[Decimal, Decimal, Decimal]:
        """(floor, target, stretch) of what it should have been allowed; without a benchmark its charge counts."""
        target = self.charge if self.target is None else self.target
        return target if self.floor is None else self.floor, target, target if self.stretch is None else self.stretch


@contract("recoup.claim.benchmarked.v1", source="benchmark", life=Transition(ANYWHERE), scope=DisputeScope.ASSESSMENT)
class ClaimBenchmarked(Event, frozen=True):
    """The payer's answer was assessed line by line. Emitted for every remittance of the claim's own payer.

    Lines and amounts are those of the claim over all its standing remittances. `unanswered` are the claim's lines that
    none of them answers: the claim stays open for them, whatever was said of the others.

    `restates`: a verdict against the payer was given, and the payment it rested on was taken back or answered anew.
    `disputed` are then the lines that fall short as it stands now, but for those answered for the first time.
    """

    remittance_id: str
    policy: str
    specialty: str
    verdict: Verdict
    allowed: Decimal
    paid: Decimal
    patient_share: Decimal
    lines: tuple[AssessedLine, ...]
    reasons: tuple[str, ...] = ()
    unanswered: tuple[int, ...] = ()
    restates: bool = False
    disputed: tuple[int, ...] = ()


@contract(
    "recoup.underpayment.flagged.v1",
    source="benchmark",
    life=Transition(UNJUDGED, State.UNDERPAID),
    scope=DisputeScope.VERDICT,
)
class UnderpaymentFlagged(Event, frozen=True):
    """The claim was paid below the policy's threshold and is worth pursuing.

    `lines` are the underpaid lines, and those denied beside them, whose fair amount is in dispute as well. `floor`,
    `target` and `stretch` are the fair allowed amount of these lines together, `allowed` what the payer allowed
    for them, `shortfall` = target − allowed; `expected_net` what pursuit is expected to bring after its cost. All in
    dollars. `notice_on` is the day the payment or denial was received. `carcs` and `remark_codes` are the payer's
    stated reasons. `arrived_on` is given where that day is assumed: the day the remittance arrived.

    `recouped` dollars were taken from the payment later, without a correction: `allowed`, `paid` and the lines are what
    was left, `notice_on` the day it was reported; `recouped_by` names the last recoupment or reversal counted.
    `taken_back` and `taken_back_by` are the former names of the two and hold the same.

    `weak_evidence`: of no underpaid line an independent rate lies above what was allowed. It closes no route: federal
    IDR has factors of its own.
    """

    remittance_id: str
    specialty: str
    policy: str
    allowed: Decimal
    paid: Decimal
    patient_share: Decimal
    floor: Decimal
    target: Decimal
    stretch: Decimal
    shortfall: Decimal
    expected_net: Decimal
    confidence: int
    notice_on: date
    lines: tuple[AssessedLine, ...]
    carcs: tuple[str, ...] = ()
    remark_codes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    recouped: Decimal = Decimal(0)
    recouped_by: str = ""
    taken_back: Decimal = Decimal(0)
    taken_back_by: str = ""
    arrived_on: date | None = None
    weak_evidence: bool = False

    def __post_init__(self) -> None:
        under_both_names(self, "recouped", "taken_back")
        under_both_names(self, "recouped_by", "taken_back_by")


@contract(
    "recoup.claim.paid-fairly.v1",
    source="benchmark",
    life=Transition(UNJUDGED, State.PAID_FAIRLY),
    scope=DisputeScope.FIRST,
)
class ClaimPaidFairly(Event, frozen=True):
    """The payment stands within the policy's fair range, or the shortfall is not worth its pursuit.

    `recouped_by`, formerly `taken_back_by`, as in an underpayment flagged: what was left is fair.
    """

    remittance_id: str
    allowed: Decimal
    paid: Decimal
    patient_share: Decimal
    policy: str
    reasons: tuple[str, ...]
    recouped_by: str = ""
    taken_back_by: str = ""

    def __post_init__(self) -> None:
        under_both_names(self, "recouped_by", "taken_back_by")


@contract(
    "recoup.claim.denied.v1", source="benchmark", life=Transition(UNJUDGED, State.DENIED), scope=DisputeScope.VERDICT
)
class ClaimDenied(Event, frozen=True):
    """The payer denied the claim, or `lines` of it while it paid the others: a denial, not an underpayment.

    `charge` and `target` are of what was denied; `lines` are empty in events of older versions.
    `arrived_on` as in an underpayment flagged.
    """

    remittance_id: str
    specialty: str
    charge: Decimal
    target: Decimal
    notice_on: date
    carcs: tuple[str, ...]
    remark_codes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    lines: tuple[AssessedLine, ...] = ()
    arrived_on: date | None = None


@contract(
    "recoup.dispute.widened.v1", source="benchmark", life=Transition((*CONTESTED, *OVER)), scope=DisputeScope.FIRST
)
class DisputeWidened(Event, frozen=True):
    """A later part of the payer's answer fell short or was denied while the claim's earlier lines are in dispute.

    Amounts and `lines` are those that the part adds to the dispute, in dollars allowed; `notice_on` is the day the part
    was received, `carcs` and `remark_codes` the payer's reasons in it, `weak_evidence` as in an underpayment flagged.
    """

    remittance_id: str
    allowed: Decimal
    floor: Decimal
    target: Decimal
    stretch: Decimal
    notice_on: date
    lines: tuple[AssessedLine, ...]
    carcs: tuple[str, ...] = ()
    remark_codes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    weak_evidence: bool = False


@contract(
    "recoup.claim.unjudged.v1", source="benchmark", life=Transition(UNJUDGED, State.UNJUDGED), scope=DisputeScope.FIRST
)
class ClaimUnjudged(Event, frozen=True):
    """No benchmark allows a judgement; a person must look. `reasons` say what is missing."""

    remittance_id: str
    allowed: Decimal
    paid: Decimal
    reasons: tuple[str, ...]


@contract("recoup.history.judged.v1", source="benchmark", life=Transition(ANYWHERE), scope=DisputeScope.FIRST)
class HistoryJudged(Event, frozen=True):
    """A claim whose answers were all loaded as history was judged; no verdict is given until a person takes it up.

    Fields are those of an underpayment flagged; `allowed` and `target` are dollars of the `lines` in dispute, zero
    where none is. A later judgement of the same claim takes the place of an earlier one.
    """

    remittance_id: str
    verdict: Verdict
    specialty: str
    policy: str
    allowed: Decimal
    target: Decimal
    notice_on: date
    lines: tuple[AssessedLine, ...] = ()
    carcs: tuple[str, ...] = ()
    remark_codes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    arrived_on: date | None = None


@contract("recoup.history.taken-up.v1", source="benchmark", life=Transition(ANYWHERE), scope=DisputeScope.FIRST)
class HistoryTakenUp(Event, frozen=True):
    """A person took up a claim that was loaded as history: the verdict that follows is pursued like any other.

    `by` names the person as the service that was asked knows them, never a patient.
    """

    remittance_id: str
    by: str
    reason: str = ""
