"""How claims of one house end, for tests of outcomes; dollars worked out by hand below.

| life | first paid | shortfall | ends | recovered | fees |
|---|---|---|---|---|---|
| won | 200 | 450 | settled and paid | 400, 34 days after the short payment was received | 0 |
| lost | 200 | 450 | nothing more | 0 | 15 |
| refused | 0 (denied) | 640 | denial stands | 0 | 0 |
| fair | 800 | | paid fairly | | |
| open | 200 | 450 | still in talks | | |
| voided | 200 | | voided | | |
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from shared.events import Event
from shared.events.assessment import ClaimDenied
from shared.events.claims import ClaimVoided
from shared.events.pursuit import PursuitEnded
from shared.events.settlement import ClaimClosed, CloseReason, NegotiationFailed
from tests.unit.gateway.lives import DAY, fair, new_claim, received, remitted, won


def closed(claim: str, reason: CloseReason, paid: str, costs: str = "0.00", policy: str = "") -> ClaimClosed:
    """An end at which the first payment stands."""
    return ClaimClosed(
        claim_id=claim, reason=reason, billed=Decimal("1000.00"), allowed=Decimal(paid), paid_at_first=Decimal(paid),
        paid=Decimal(paid), recovered=Decimal("0.00"), patient_share=Decimal("50.00"), costs=Decimal(costs),
        policy=policy,
    )  # fmt: skip


def lost(claim: str) -> list[Event]:
    failed = NegotiationFailed(
        claim_id=claim, last_offer=Decimal("400.00"), last_demand=Decimal("900.00"), rounds=1,
        expected_value=Decimal("410.00"), policy="firm@1",
    )  # fmt: skip
    end = PursuitEnded(claim_id=claim, case_id="c1", reason="not worth a dispute")
    return [*won(claim)[:6], failed, end, closed(claim, "pursuit_ended", "200.00", "15.00", "standard@1")]


def refused(claim: str) -> list[Event]:
    denial = ClaimDenied(
        claim_id=claim, remittance_id="r1", specialty="emergency_medicine", charge=Decimal("1000.00"),
        target=Decimal("640.00"), notice_on=DAY + timedelta(days=15), carcs=("50",),
    )  # fmt: skip
    end = PursuitEnded(claim_id=claim, case_id="c1", reason="appeal upheld")
    return [
        received(claim, payer="87726"),
        remitted(claim, "0.00"),
        denial,
        end,
        closed(claim, "denial_stands", "0.00"),
    ]


def house() -> list[list[Event]]:
    """One claim of each life, with new ids."""
    a, b, c, d, e, f = (new_claim() for _ in range(6))
    paid = won(a)
    paid[-1] = replace(paid[-1], policy="standard@1")  # pyright: ignore[reportCallIssue]
    void = [received(f), remitted(f, "200.00"), ClaimVoided(claim_id=f), closed(f, "voided", "200.00")]
    return [paid, lost(b), refused(c), fair(d), won(e)[:6], void]
