"""Events that benchmark emits: what each paid line is worth and whether the payer fell short."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from shared.events.base import Event, Part, contract

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
    `fallback` the step taken where the exact key was missing. 45 CFR 149.510(c)(4)(v) keeps usual and
    customary charges, billed charges and public-payor rates out of a federal IDR exhibit.
    """

    source: str
    amount: Decimal
    release: str
    row: str
    uses: tuple[Use, ...]
    percentile: int | None = None
    n: int | None = None
    fallback: str = ""
    allowed_ratio: Decimal | None = None


class AssessedLine(Part, frozen=True):
    """One line held against its benchmarks; all amounts in dollars for the whole line."""

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


@contract("recoup.claim.benchmarked.v1", source="benchmark")
class ClaimBenchmarked(Event, frozen=True):
    """A remittance was assessed line by line. Emitted for every remittance, whatever the verdict."""

    remittance_id: str
    policy: str
    specialty: str
    verdict: Verdict
    allowed: Decimal
    paid: Decimal
    patient_share: Decimal
    lines: tuple[AssessedLine, ...]
    reasons: tuple[str, ...] = ()


@contract("recoup.underpayment.flagged.v1", source="benchmark")
class UnderpaymentFlagged(Event, frozen=True):
    """The claim was paid below the policy's threshold and is worth pursuing.

    `floor`, `target` and `stretch` are the fair allowed amount of the underpaid lines together, `allowed`
    what the payer allowed for those lines, `shortfall` = target − allowed; `expected_net` what pursuit is
    expected to bring after its cost. All in dollars. `notice_on` is the day the payment or denial was
    received. `carcs` and `remark_codes` are the payer's stated reasons.

    `taken_back` dollars were taken from the payment later, without a correction: `allowed`, `paid` and the lines are
    what was left, `notice_on` the day that was told; `taken_back_by` names the last recoupment or reversal counted.
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
    taken_back: Decimal = Decimal(0)
    taken_back_by: str = ""


@contract("recoup.claim.paid-fairly.v1", source="benchmark")
class ClaimPaidFairly(Event, frozen=True):
    """The payment stands within the policy's fair range, or the shortfall is not worth its pursuit.

    `taken_back_by` as in an underpayment flagged: what was left is fair.
    """

    remittance_id: str
    allowed: Decimal
    paid: Decimal
    patient_share: Decimal
    policy: str
    reasons: tuple[str, ...]
    taken_back_by: str = ""


@contract("recoup.claim.denied.v1", source="benchmark")
class ClaimDenied(Event, frozen=True):
    """The payer denied the claim or its payable lines: a denial, not an underpayment."""

    remittance_id: str
    specialty: str
    charge: Decimal
    target: Decimal
    notice_on: date
    carcs: tuple[str, ...]
    remark_codes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@contract("recoup.claim.unjudged.v1", source="benchmark")
class ClaimUnjudged(Event, frozen=True):
    """No benchmark allows a judgement; a person must look. `reasons` say what is missing."""

    remittance_id: str
    allowed: Decimal
    paid: Decimal
    reasons: tuple[str, ...]
