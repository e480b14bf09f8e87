"""What benchmark keeps of a claim and how each event changes it."""

from __future__ import annotations

import msgspec

from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.policy import Policy
from services.benchmark.domain.verdict import Assessment
from shared.events.assessment import (
    ClaimBenchmarked,
    ClaimDenied,
    ClaimPaidFairly,
    ClaimUnjudged,
    UnderpaymentFlagged,
    Verdict,
)
from shared.events.base import Event
from shared.events.claims import (
    ClaimFacts,
    ClaimReceived,
    ClaimReplaced,
    ClaimVoided,
    RemittanceFacts,
    RemittanceReceived,
    RemittanceReversed,
)
from shared.events.settlement import ClaimReopened
from shared.fold import Decision, IllegalTransition

_PURSUED = frozenset({"underpaid", "denied"})


class ClaimFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """The claim's facts, the verdict in force, the last assessed remittance and its assessment as it was emitted.

    `remittance` is None once the payer took it back: it is no payment to learn from or to judge again.
    """

    claim: ClaimFacts
    verdict: Verdict | None = None
    remittance_id: str = ""
    voided: bool = False
    remittance: RemittanceFacts | None = None
    assessment: ClaimBenchmarked | None = None


def decide(file: ClaimFile | None, event: Event, assessor: Assessor) -> Decision[ClaimFile]:
    """The file after `event`, with the assessment it calls for.

    A verdict is given once, and not on a payment that the payer took back in the same breath. After an underpayment or
    a denial later remittances are assessed too, but what becomes of the pursuit is for appeals and settlement to say.
    """
    if isinstance(event, ClaimReceived):
        if file is not None:
            raise IllegalTransition("a claim that is known already was received again")
        return Decision(ClaimFile(event.claim))
    if file is None:
        raise IllegalTransition(f"{type(event).__name__} of a claim that was never received")
    if isinstance(event, ClaimReplaced):
        verdict = file.verdict if file.verdict in _PURSUED else None
        return Decision(msgspec.structs.replace(file, claim=event.claim, verdict=verdict))
    if isinstance(event, ClaimVoided):
        return Decision(msgspec.structs.replace(file, voided=True))
    if isinstance(event, ClaimReopened):
        return Decision(msgspec.structs.replace(file, verdict=None))
    if isinstance(event, RemittanceReversed):
        held = file.remittance
        gone = held is not None and (held.charge, held.paid) == (-event.remittance.charge, -event.remittance.paid)
        return Decision(msgspec.structs.replace(file, remittance=None) if gone else file)
    if file.voided:
        return Decision(file)
    if isinstance(event, RemittanceReceived):
        return _assessed(file, event, assessor)
    raise IllegalTransition(f"{type(event).__name__} is not for benchmark")


def _assessed(file: ClaimFile, event: RemittanceReceived, assessor: Assessor) -> Decision[ClaimFile]:
    claim_id, remittance, policy = event.claim_id, event.remittance, assessor.policy
    found = assessor.assess(file.claim, remittance)
    benchmarked = ClaimBenchmarked(
        claim_id=claim_id,
        remittance_id=remittance.remittance_id,
        policy=policy.version,
        specialty=found.specialty,
        verdict=found.verdict,
        allowed=found.allowed,
        paid=found.paid,
        patient_share=found.patient_share,
        lines=found.lines,
        reasons=found.reasons,
    )
    if event.superseded:  # its correction follows, and the verdict with it
        return Decision(file, (benchmarked,))
    first_word = file.verdict is None or file.verdict == "unjudged"
    kept = ClaimFile(
        file.claim,
        found.verdict if first_word else file.verdict,
        remittance.remittance_id,
        remittance=remittance,
        assessment=benchmarked,
    )
    events = (benchmarked, verdict_event(claim_id, remittance, found, policy)) if first_word else (benchmarked,)
    return Decision(kept, events)


def judge_again(file: ClaimFile, claim_id: str, assessor: Assessor) -> Decision[ClaimFile]:
    """The last remittance of a claim that could not be judged, by what is loaded now; says nothing where that is so
    still. Raises `IllegalTransition` for every other claim: a verdict that was given stands."""
    if file.verdict != "unjudged" or file.remittance is None or file.voided:
        raise IllegalTransition("only a claim that could not be judged is judged again")
    decision = _assessed(file, RemittanceReceived(claim_id=claim_id, remittance=file.remittance), assessor)
    if decision.state.verdict == "unjudged":
        raise IllegalTransition("the claim still cannot be judged")
    return decision


def verdict_event(claim_id: str, remittance: RemittanceFacts, found: Assessment, policy: Policy) -> Event:
    """The event that tells the verdict."""
    if found.verdict == "underpaid":
        return UnderpaymentFlagged(
            claim_id=claim_id,
            remittance_id=remittance.remittance_id,
            specialty=found.specialty,
            policy=policy.version,
            allowed=found.disputed_allowed,
            paid=found.paid,
            patient_share=found.patient_share,
            floor=found.floor,
            target=found.target,
            stretch=found.stretch,
            shortfall=found.target - found.disputed_allowed,
            expected_net=found.expected_net,
            confidence=found.confidence,
            notice_on=remittance.received_on,
            lines=tuple(line for line in found.lines if line.verdict == "underpaid"),
            carcs=_carcs(remittance),
            remark_codes=_remarks(remittance),
            reasons=found.reasons,
        )
    if found.verdict == "denied":
        return ClaimDenied(
            claim_id=claim_id,
            remittance_id=remittance.remittance_id,
            specialty=found.specialty,
            charge=remittance.charge,
            target=found.target,
            notice_on=remittance.received_on,
            carcs=_carcs(remittance),
            remark_codes=_remarks(remittance),
            reasons=found.reasons,
        )
    if found.verdict == "unjudged":
        return ClaimUnjudged(
            claim_id=claim_id,
            remittance_id=remittance.remittance_id,
            allowed=found.allowed,
            paid=found.paid,
            reasons=found.reasons,
        )
    return ClaimPaidFairly(
        claim_id=claim_id,
        remittance_id=remittance.remittance_id,
        allowed=found.allowed,
        paid=found.paid,
        patient_share=found.patient_share,
        policy=policy.version,
        reasons=found.reasons,
    )


def _carcs(remittance: RemittanceFacts) -> tuple[str, ...]:
    own = [adjustment.carc for adjustment in remittance.adjustments]
    return tuple(dict.fromkeys(own + [a.carc for line in remittance.lines for a in line.adjustments]))


def _remarks(remittance: RemittanceFacts) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys([*remittance.remark_codes, *(r for line in remittance.lines for r in line.remark_codes)])
    )
