"""What benchmark keeps of a claim and how each event changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.assessment_events import DISPUTED, history_judged, verdict_event, widened
from services.benchmark.domain.claim_state import ClaimFile, standing_of
from services.benchmark.domain.parts import charge_of, combined, unanswered
from services.benchmark.domain.recouped import further, left_of
from services.benchmark.domain.reversals import after_reversal
from services.benchmark.domain.specialty import specialty_of
from services.benchmark.domain.verdict import Assessment
from shared.adjustments import is_duplicate, with_line_adjustments
from shared.decider import Decision, IllegalTransition
from shared.events.assessment import ClaimBenchmarked, HistoryTakenUp
from shared.events.base import Event, contract_of
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
from shared.events.settlement import ClaimReopened, ClaimSettled, SettlementRescinded
from shared.money import ZERO
from shared.payer_answers import PREDETERMINATION, answer_of, is_duplicate_denial, is_no_answer

_PURSUED = frozenset({"underpaid", "denied"})


def decide(file: ClaimFile | None, event: Event, assessor: Assessor) -> Decision[ClaimFile]:
    """The file after `event`, with the assessment it calls for.

    A verdict is given once, and not on a payment that the payer took back at the same time. None is given that would
    close the claim while a line is unanswered. After an underpayment or a denial later remittances are assessed too;
    what a later part falls short of widens the dispute, and what becomes of it is for appeals and settlement to say.
    No verdict is given on answers that are all history, until a person takes the claim up.
    What another payer paid is no answer of the claim's own. A claim that was closed and is reopened, since the payer
    took money back, gets a new verdict by what was left to it.
    """
    handler = _HANDLERS.get(type(event))
    if handler is None:
        raise IllegalTransition(f"benchmark does not subscribe to {contract_of(event).type}")
    if file is None:
        if isinstance(event, ClaimReceived):
            return Decision(ClaimFile(event.claim))
        raise IllegalTransition(f"{type(event).__name__} of a claim that was never received")
    return handler(file, event, assessor)


def _received(file: ClaimFile, event: ClaimReceived, assessor: Assessor) -> Decision[ClaimFile]:
    raise IllegalTransition("a claim that is known already was received again")


def _replaced(file: ClaimFile, event: ClaimReplaced, assessor: Assessor) -> Decision[ClaimFile]:
    verdict = file.verdict if file.verdict in _PURSUED else None
    return Decision(replace(file, claim=event.claim, verdict=verdict, replaced=True))


def _voided(file: ClaimFile, event: ClaimVoided, assessor: Assessor) -> Decision[ClaimFile]:
    return Decision(replace(file, voided=True))


def _reopened(file: ClaimFile, event: ClaimReopened, assessor: Assessor) -> Decision[ClaimFile]:
    if not event.answered:
        return Decision(file)
    return _assessed_again(replace(file, verdict=None, agreed=False), event.claim_id, assessor)


def _settled(file: ClaimFile, event: ClaimSettled, assessor: Assessor) -> Decision[ClaimFile]:
    return Decision(replace(file, agreed=event.basis != "corrected_remittance"))


def _rescinded(file: ClaimFile, event: SettlementRescinded, assessor: Assessor) -> Decision[ClaimFile]:
    return Decision(replace(file, agreed=False))


def _remitted(file: ClaimFile, event: RemittanceReceived, assessor: Assessor) -> Decision[ClaimFile]:
    if event.from_other_payer or file.voided:
        return Decision(file)
    return _assessed(file, event, assessor)


def _reversed(file: ClaimFile, event: RemittanceReversed, assessor: Assessor) -> Decision[ClaimFile]:
    """What is left of the payer's answer; what its correction says already is held against the benchmarks by itself."""
    if event.from_other_payer:
        return Decision(file)
    if event.unmatched:
        return _unmatched(file, event, assessor)
    after = after_reversal(file, event.remittance)
    if after.remittance is not None and after.remittance != file.remittance and not after.voided:
        return _assess(after, event.claim_id, after.remittance, assessor, again=True)
    remittance = _whole(after)
    quiet = after.taken is file.taken or after.verdict not in _PURSUED or after.agreed or after.replaced or after.voided
    if remittance is None or quiet:
        return Decision(after)
    return Decision(after, _assess(after, event.claim_id, remittance, assessor, again=True).events[:1])


def _recouped(file: ClaimFile, event: RemittanceRecouped, assessor: Assessor) -> Decision[ClaimFile]:
    recouped = further(file.taken, event.amount, event.received_on, event.recoupment_id)
    return Decision(replace(file, taken=recouped))


_HANDLERS: dict[type[Event], Callable[[ClaimFile, Any, Assessor], Decision[ClaimFile]]] = {
    ClaimReceived: _received,
    ClaimReplaced: _replaced,
    ClaimVoided: _voided,
    RemittanceReceived: _remitted,
    RemittanceReversed: _reversed,
    RemittanceRecouped: _recouped,
    ClaimReopened: _reopened,
    ClaimSettled: _settled,
    SettlementRescinded: _rescinded,
}

SUBSCRIBES_TO = tuple(_HANDLERS)


def _unmatched(file: ClaimFile, event: RemittanceReversed, assessor: Assessor) -> Decision[ClaimFile]:
    """Return the file as if the payment had never come.

    A verdict that rested on it alone is none; one on others is kept, and they are assessed without it. What was agreed
    with the payer needs no verdict.
    """
    name = event.unmatched_remittance
    if any(one.remittance_id == name for one in file.again):
        return Decision(replace(file, again=tuple(o for o in file.again if o.remittance_id != name)))
    held = (*file.parts, *(one for one in (file.remittance, file.gone) if one is not None and not file.parts))
    unmatched = next((part for part in held if part.remittance_id == name), None)
    twin = next((one for one in file.again if unmatched is not None and _has_same_content(one, unmatched)), None)
    if twin is not None:
        return Decision(_under_its_name(file, twin, name))
    rest = tuple(part for part in held if part.remittance_id != name)
    if event.unanswered or not rest:
        verdict = file.verdict if file.agreed or not event.unanswered else None
        return Decision(
            replace(
                file,
                verdict=verdict,
                remittance_id="",
                remittance=None,
                assessment=None,
                gone=None,
                taken=None,
                parts=(),
                answered=(),
                reversed=(),
                again=(),
            )
        )
    if len(rest) == len(held):
        return Decision(file)
    answered = tuple(
        sorted({line.line for part in rest for line in part.lines if line.line and not is_duplicate(line)})
    )
    whole = combined(rest)
    file = replace(file, remittance=whole, parts=rest if len(rest) > 1 else (), answered=answered)
    return Decision(file) if file.voided else _assess(file, event.claim_id, whole, assessor, again=True)


def _has_same_content(one: RemittanceFacts, other: RemittanceFacts) -> bool:
    mine, its = answer_of(one), answer_of(other)
    return (mine.charge, mine.paid, mine.lines) == (its.charge, its.paid, its.lines)


def _under_its_name(file: ClaimFile, twin: RemittanceFacts, former_id: str) -> ClaimFile:
    """A payment that says the same as the one gone takes its place: nothing is priced anew."""

    def named(one: RemittanceFacts) -> RemittanceFacts:
        return replace(one, remittance_id=twin.remittance_id) if one.remittance_id == former_id else one

    return replace(
        file,
        remittance_id=twin.remittance_id if file.remittance_id == former_id else file.remittance_id,
        remittance=file.remittance and named(file.remittance),
        gone=file.gone and named(file.gone),
        parts=tuple(named(part) for part in file.parts),
        reversed=tuple(twin.remittance_id if name == former_id else name for name in file.reversed),
        again=tuple(one for one in file.again if one is not twin),
    )


def _assessed_again(file: ClaimFile, claim_id: str, assessor: Assessor) -> Decision[ClaimFile]:
    """The last payment by what the payer left of it; a claim that was replaced since waits for its own answer."""
    remittance = _whole(file)
    if remittance is None or file.replaced or file.voided:
        return Decision(file)
    return _assess(file, claim_id, remittance, assessor)


def _whole(file: ClaimFile) -> RemittanceFacts | None:
    """The payer's answer as it was before anything was taken back."""
    return combined(file.parts) if file.parts else file.remittance or file.gone


def _assessed(file: ClaimFile, event: RemittanceReceived, assessor: Assessor) -> Decision[ClaimFile]:
    remittance = with_line_adjustments(event.remittance)
    before = () if file.replaced else standing_of(file)
    if remittance.status == PREDETERMINATION:
        return Decision(file)
    if is_no_answer(remittance):
        known = before or file.gone is not None
        return Decision(file, () if known else (_no_answer(file, event.claim_id, remittance, assessor),))
    if event.counted_again and any(_has_same_content(remittance, part) for part in before):
        return Decision(replace(file, again=(*file.again, remittance)))
    if event.superseded:  # its correction follows
        return Decision(file, _assess(replace(file, parts=()), event.claim_id, remittance, assessor).events[:1])
    parts = (*before, remittance)
    whole = combined(parts)
    joined = whole.lines != remittance.lines
    file = replace(file, gone=None, taken=None, replaced=False, parts=parts if joined else (), reversed=())
    known = frozenset(file.answered or (_answered_by(file.assessment) if file.assessment else ()))
    numbers = frozenset(line.line for line in remittance.lines if line.line and not is_duplicate(line))
    file = replace(file, answered=tuple(sorted(known | numbers)))
    again = not numbers.isdisjoint(known)
    return _assess(file, event.claim_id, whole if joined else remittance, assessor, numbers - known, again=again)


def _answered_by(assessment: ClaimBenchmarked) -> Iterator[int]:
    return (line.line for line in assessment.lines if line.verdict != "duplicate")


def _assess(
    file: ClaimFile,
    claim_id: str,
    remittance: RemittanceFacts,
    assessor: Assessor,
    new: frozenset[int] = frozenset(),
    *,
    again: bool = False,
) -> Decision[ClaimFile]:
    """`new` are the claim's lines that were answered for the first time just now; `again`: others were anew."""
    policy, recouped = assessor.policy, file.taken
    left = left_of(remittance, recouped) if recouped is not None else None
    found = assessor.assess(file.claim, remittance, left)
    if recouped is not None:
        found = replace(found, reasons=(recouped.reason, *found.reasons))
    open_lines = unanswered(file.claim, remittance)
    waits = bool(open_lines) and found.verdict in ("paid_fairly", "unjudged")
    if open_lines:
        found = replace(found, reasons=(*found.reasons, _unanswered(file.claim, open_lines)))
    benchmarked = ClaimBenchmarked(
        claim_id=claim_id,
        remittance_id=remittance.remittance_id,
        policy=policy.version,
        specialty=found.specialty,
        verdict="unjudged" if waits else found.verdict,
        allowed=found.allowed,
        paid=found.paid,
        patient_share=found.patient_share,
        lines=found.lines,
        reasons=found.reasons,
        unanswered=open_lines,
        restates=again and file.verdict in _PURSUED,
        disputed=_disputed(found, new) if again and file.verdict in _PURSUED else (),
    )
    first_word = (file.verdict is None or file.verdict == "unjudged") and not waits
    history = first_word and remittance.history and not file.taken_up
    kept = replace(
        file,
        verdict=found.verdict if first_word and not history else file.verdict,
        remittance_id=remittance.remittance_id,
        remittance=remittance if file.gone is None else None,
        assessment=benchmarked,
    )
    if history:
        return Decision(kept, (benchmarked, history_judged(claim_id, remittance, found, policy)))
    if first_word:
        return Decision(kept, (benchmarked, verdict_event(claim_id, remittance, found, policy, recouped)))
    more = widened(claim_id, remittance, found, new) if file.verdict in _PURSUED else None
    return Decision(kept, (benchmarked,) if more is None else (benchmarked, more))


def _disputed(found: Assessment, new: frozenset[int]) -> tuple[int, ...]:
    return tuple(line.line for line in found.lines if line.line and line.line not in new and line.verdict in DISPUTED)


def _no_answer(file: ClaimFile, claim_id: str, remittance: RemittanceFacts, assessor: Assessor) -> ClaimBenchmarked:
    if is_duplicate_denial(remittance):
        reason = "the payer says that it has the claim already (CARC 18); no answer of its own is known"
    else:
        reason = "the payer says that the claim is not its own and handed it on to another (CLP02 23)"
    return ClaimBenchmarked(
        claim_id=claim_id,
        remittance_id=remittance.remittance_id,
        policy=assessor.policy.version,
        specialty=specialty_of(file.claim),
        verdict="unjudged",
        allowed=ZERO,
        paid=ZERO,
        patient_share=ZERO,
        lines=(),
        reasons=(reason,),
        unanswered=tuple(line.line for line in file.claim.lines if line.charge),
    )


def _unanswered(claim: ClaimFacts, lines: tuple[int, ...]) -> str:
    numbers = ", ".join(str(line) for line in lines)
    many = "lines" if len(lines) > 1 else "line"
    return f"the payer has not answered {many} {numbers} (${charge_of(claim, lines)}) yet"


def judge_again(file: ClaimFile, claim_id: str, assessor: Assessor) -> Decision[ClaimFile]:
    """Judge the last remittance of a claim that could not be judged, by what is loaded now.

    Nothing is emitted where it cannot be judged still. Raises `IllegalTransition` for every other claim: a verdict that
    was given stands.
    """
    remittance = _whole(file)
    if file.verdict != "unjudged" or remittance is None or file.voided:
        raise IllegalTransition("only a claim that could not be judged is judged again")
    decision = _assess(file, claim_id, remittance, assessor)
    if decision.state.verdict == "unjudged":
        raise IllegalTransition("the claim still cannot be judged")
    return decision


def take_up(file: ClaimFile, claim_id: str, assessor: Assessor, *, by: str, reason: str) -> Decision[ClaimFile]:
    """Pursue a claim whose answers were loaded as history: it gets its verdict, by the reference in use now.

    Raises `IllegalTransition` where it is not such a claim, or where there is nothing to pursue.
    """
    remittance = file.remittance
    if remittance is None or not remittance.history or file.verdict is not None or file.voided or file.taken_up:
        raise IllegalTransition("only a claim that stands as history is taken up")
    decision = _assess(replace(file, taken_up=True), claim_id, remittance, assessor)
    if decision.state.verdict not in DISPUTED:
        raise IllegalTransition("nothing of it is underpaid or denied, so there is nothing to take up")
    event = HistoryTakenUp(claim_id=claim_id, remittance_id=remittance.remittance_id, by=by, reason=reason)
    return Decision(decision.state, (event, *decision.events))
