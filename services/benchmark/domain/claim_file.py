"""What benchmark keeps of a claim and how each event changes it."""

from __future__ import annotations

import msgspec

from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.policy import Policy
from services.benchmark.domain.taken_back import TakenBack, further, left_of
from services.benchmark.domain.verdict import Assessment
from shared.adjustments import told_by_line
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
    RemittanceRecouped,
    RemittanceReversed,
)
from shared.events.settlement import ClaimReopened
from shared.fold import Decision, IllegalTransition
from shared.money import ZERO

_PURSUED = frozenset({"underpaid", "denied"})


class ClaimFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """The claim's facts, the verdict in force, the last assessed remittance and its assessment as it was emitted.

    `remittance` is None once the payer reversed it: it is no payment to learn from; it is `gone` then, until another
    comes. `taken` is what was taken back since, and `replaced` says that the claim was changed since.
    """

    claim: ClaimFacts
    verdict: Verdict | None = None
    remittance_id: str = ""
    voided: bool = False
    remittance: RemittanceFacts | None = None
    assessment: ClaimBenchmarked | None = None
    gone: RemittanceFacts | None = None
    taken: TakenBack | None = None
    replaced: bool = False


def decide(file: ClaimFile | None, event: Event, assessor: Assessor) -> Decision[ClaimFile]:
    """The file after `event`, with the assessment it calls for.

    A verdict is given once, and not on a payment that the payer took back in the same breath. After an underpayment or
    a denial later remittances are assessed too, but what becomes of the pursuit is for appeals and settlement to say.
    A claim that was closed and lives again, since the payer took money back, gets a new verdict by what was left to it.
    """
    if isinstance(event, ClaimReceived):
        if file is not None:
            raise IllegalTransition("a claim that is known already was received again")
        return Decision(ClaimFile(event.claim))
    if file is None:
        raise IllegalTransition(f"{type(event).__name__} of a claim that was never received")
    if isinstance(event, ClaimReplaced):
        verdict = file.verdict if file.verdict in _PURSUED else None
        return Decision(msgspec.structs.replace(file, claim=event.claim, verdict=verdict, replaced=True))
    if isinstance(event, ClaimVoided):
        return Decision(msgspec.structs.replace(file, voided=True))
    if isinstance(event, ClaimReopened):
        return _judged_anew(msgspec.structs.replace(file, verdict=None), event.claim_id, assessor)
    if isinstance(event, RemittanceReversed):
        return Decision(_reversed(file, event.remittance))
    if isinstance(event, RemittanceRecouped):
        taken = further(file.taken, event.amount, event.received_on, event.recoupment_id)
        return Decision(msgspec.structs.replace(file, taken=taken))
    if file.voided:
        return Decision(file)
    if isinstance(event, RemittanceReceived):
        return _assessed(file, event, assessor)
    raise IllegalTransition(f"{type(event).__name__} is not for benchmark")


def _reversed(file: ClaimFile, reversal: RemittanceFacts) -> ClaimFile:
    held = file.remittance
    if held is None or (held.charge, held.paid) != (-reversal.charge, -reversal.paid):
        return file
    taken = TakenBack(held.paid, reversal.received_on, reversal.remittance_id, whole=True)
    return msgspec.structs.replace(file, remittance=None, gone=held, taken=taken)


def _judged_anew(file: ClaimFile, claim_id: str, assessor: Assessor) -> Decision[ClaimFile]:
    """The last payment by what the payer left of it; a claim that was replaced since waits for its own answer."""
    remittance = file.remittance or file.gone
    if remittance is None or file.replaced or file.voided:
        return Decision(file)
    return _assess(file, claim_id, remittance, assessor)


def _assessed(file: ClaimFile, event: RemittanceReceived, assessor: Assessor) -> Decision[ClaimFile]:
    if not event.superseded:
        file = msgspec.structs.replace(file, gone=None, taken=None, replaced=False)
    decision = _assess(file, event.claim_id, told_by_line(event.remittance), assessor)
    return Decision(file, decision.events[:1]) if event.superseded else decision  # its correction follows


def _assess(file: ClaimFile, claim_id: str, remittance: RemittanceFacts, assessor: Assessor) -> Decision[ClaimFile]:
    policy, taken = assessor.policy, file.taken
    left = left_of(remittance, taken) if taken is not None else None
    found = assessor.assess(file.claim, remittance, left)
    if taken is not None:
        found = msgspec.structs.replace(found, reasons=(taken.reason, *found.reasons))
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
    first_word = file.verdict is None or file.verdict == "unjudged"
    kept = msgspec.structs.replace(
        file,
        verdict=found.verdict if first_word else file.verdict,
        remittance_id=remittance.remittance_id,
        remittance=remittance if file.gone is None else None,
        assessment=benchmarked,
    )
    events = (benchmarked, verdict_event(claim_id, remittance, found, policy, taken)) if first_word else (benchmarked,)
    return Decision(kept, events)


def judge_again(file: ClaimFile, claim_id: str, assessor: Assessor) -> Decision[ClaimFile]:
    """The last remittance of a claim that could not be judged, by what is loaded now; says nothing where that is so
    still. Raises `IllegalTransition` for every other claim: a verdict that was given stands."""
    remittance = file.remittance or file.gone
    if file.verdict != "unjudged" or remittance is None or file.voided:
        raise IllegalTransition("only a claim that could not be judged is judged again")
    decision = _assess(file, claim_id, remittance, assessor)
    if decision.state.verdict == "unjudged":
        raise IllegalTransition("the claim still cannot be judged")
    return decision


def verdict_event(
    claim_id: str, remittance: RemittanceFacts, found: Assessment, policy: Policy, taken: TakenBack | None = None
) -> Event:
    """The event that tells the verdict."""
    notice_on = remittance.received_on if taken is None else taken.on
    by = "" if taken is None else taken.by
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
            notice_on=notice_on,
            lines=tuple(line for line in found.lines if line.verdict == "underpaid"),
            carcs=_carcs(remittance),
            remark_codes=_remarks(remittance),
            reasons=found.reasons,
            taken_back=ZERO if taken is None else taken.amount,
            taken_back_by=by,
        )
    if found.verdict == "denied":
        return ClaimDenied(
            claim_id=claim_id,
            remittance_id=remittance.remittance_id,
            specialty=found.specialty,
            charge=remittance.charge,
            target=found.target,
            notice_on=notice_on,
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
        taken_back_by=by,
    )


def _carcs(remittance: RemittanceFacts) -> tuple[str, ...]:
    own = [adjustment.carc for adjustment in remittance.adjustments]
    return tuple(dict.fromkeys(own + [a.carc for line in remittance.lines for a in line.adjustments]))


def _remarks(remittance: RemittanceFacts) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys([*remittance.remark_codes, *(r for line in remittance.lines for r in line.remark_codes)])
    )
