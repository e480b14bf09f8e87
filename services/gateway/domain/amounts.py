"""What events say about a claim's money. Amounts are dollars; a reversal's are negative, as payers send them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from services.gateway.domain.view import (
    NO_IDENTIFIER,
    Assessment,
    Books,
    ClaimView,
    LineAtStake,
    Moments,
    Proof,
    Pursuit,
    Settlement,
)
from shared.events.assessment import (
    AssessedLine,
    ClaimBenchmarked,
    ClaimDenied,
    ClaimPaidFairly,
    ClaimUnjudged,
    DisputeWidened,
    HistoryJudged,
    UnderpaymentFlagged,
)
from shared.events.base import Envelope, Event
from shared.events.claims import RemittanceDeposited, RemittanceReceived, RemittanceRecouped, RemittanceReversed
from shared.events.settlement import (
    BooksRestated,
    ClaimClosed,
    ClaimReopened,
    ClaimSettled,
    LineAgreed,
    NegotiationFailed,
    OfferCountered,
    SettlementPaid,
    SettlementReinstated,
    SettlementRescinded,
    SettlementShort,
)
from shared.lifecycle import unanswered
from shared.money import ZERO, total
from shared.payer_answers import Answers, is_no_answer


def apply(view: ClaimView, envelope: Envelope) -> ClaimView:
    """The view with the money of one event taken in."""
    event = envelope.data
    handler = _HANDLERS.get(type(event))
    view = view if handler is None else handler(view, event)
    return _by_policy(view, event.policy) if isinstance(event, _OfPolicies) else view


def _recouped(view: ClaimView, event: RemittanceRecouped) -> ClaimView:
    return replace(view, paid=view.paid - event.amount)


def _remitted(view: ClaimView, event: RemittanceReceived | RemittanceReversed) -> ClaimView:
    """The sums over all that stands; what another payer paid is apart.

    The same answer again changes nothing, unless a person says that it is another payment.
    """
    facts, known = event.remittance, view.answers
    if event.from_other_payer:
        return replace(view, paid_by_others=view.paid_by_others + facts.paid)
    if isinstance(event, RemittanceReversed) and event.unmatched:
        return _unmatched(view, event)
    view = replace(view, remittances=view.remittances + 1)
    if isinstance(event, RemittanceReversed):
        return replace(view, paid=view.paid + facts.paid, answers=known.without(facts))
    if is_no_answer(facts) or (known.is_again(facts) and not event.counted_again):
        return view
    first = view.paid_at_first
    if first is None or known.is_part(facts):
        first = (first or ZERO) + facts.paid
    return replace(
        view,
        paid=view.paid + facts.paid,
        answers=known.with_payment(facts),
        paid_at_first=first,
        first_paid_on=view.first_paid_on or facts.paid_on,
        patient_share=view.patient.stated,
    )


def _deposited(view: ClaimView, event: RemittanceDeposited) -> ClaimView:
    """The bank has the money of a payment, or after all has not."""
    others = tuple(proof for proof in view.deposits if proof.remittance_id != event.remittance_id)
    mine = () if event.undone else (Proof(event.remittance_id, event.amount, event.deposited_on),)
    return _proved(replace(view, deposits=(*others, *mine)))


def _proved(view: ClaimView) -> ClaimView:
    """The settlement with the day on which the money that paid it was deposited."""
    settlement = view.settlement
    if settlement is None or not settlement.remittance_id:
        return view
    on = next((proof.on for proof in view.deposits if proof.remittance_id == settlement.remittance_id), None)
    return replace(view, settlement=replace(settlement, deposited_on=on))


def _unmatched(view: ClaimView, event: RemittanceReversed) -> ClaimView:
    """As if the payment had never come: of a claim that has no other, nothing is left of what followed from it."""
    facts = event.remittance
    answers = view.answers.unmatched(facts)
    view = replace(view, remittances=max(view.remittances - 1, 0), paid=view.paid + facts.paid)
    if unanswered(event) and not _agreed(view):
        return replace(
            view,
            answers=Answers(),
            allowed=None,
            paid_at_first=None,
            first_paid_on=None,
            recovered=ZERO,
            patient_share=None,
            specialty="",
            forum="",
            payer_claim_number=NO_IDENTIFIER,
            assessment=None,
            standing=None,
            pursuit=None,
            stakes=(),
            denial_carcs=(),
            settlement=None,
            books=None,
            cases=(),
            offers=(),
            deadlines=(),
            calendar=Moments(view.calendar.received),
            machine=Moments(view.machine.received),
        )
    first = view.paid_at_first if answers.first is None else answers.first
    return replace(view, answers=answers, paid_at_first=first, patient_share=view.patient.stated)


def _agreed(view: ClaimView) -> bool:
    return view.settlement is not None and view.settlement.basis != "corrected_remittance"


def _benchmarked(view: ClaimView, event: ClaimBenchmarked) -> ClaimView:
    """After a flag the verdict that is pursued stays; what a further remittance makes of it stands beside."""
    view = replace(view, specialty=event.specialty)
    if not view.patient.taken_back:  # until its correction comes, what the payer had allowed is what is known
        view = replace(view, allowed=event.allowed, patient_share=event.patient_share)
    view = _restated(view, event) if event.restates else view
    return replace(view, standing=_standing(view.assessment, event))


def _flagged(view: ClaimView, event: UnderpaymentFlagged) -> ClaimView:
    assessment = Assessment(
        "underpaid", event.policy, event.floor, event.target, event.stretch, event.shortfall, event.expected_net,
        event.confidence, event.reasons,
    )  # fmt: skip
    short = [line for line in event.lines if line.verdict in ("underpaid", "denied")]
    main = max(short, key=lambda line: (line.target or ZERO) - line.allowed, default=None)
    pursuit = view.pursuit or Pursuit(event.notice_on, event.shortfall)
    code = main.code if main else view.code
    return replace(
        view, standing=None, specialty=event.specialty, assessment=assessment, pursuit=pursuit, code=code,
        stakes=_stakes(short),
    )  # fmt: skip


def _denied(view: ClaimView, event: ClaimDenied) -> ClaimView:
    assessment = Assessment("denied", target=event.target, reasons=event.reasons)
    pursuit = view.pursuit or Pursuit(event.notice_on, event.target, denied=True)
    stakes = _stakes(event.lines)
    return replace(
        view, standing=None, specialty=event.specialty, assessment=assessment, pursuit=pursuit, stakes=stakes,
        denial_carcs=view.denial_carcs or event.carcs,
    )  # fmt: skip


def _paid_fairly(view: ClaimView, event: ClaimPaidFairly) -> ClaimView:
    return replace(view, standing=None, assessment=Assessment("paid_fairly", event.policy, reasons=event.reasons))


def _unjudged(view: ClaimView, event: ClaimUnjudged) -> ClaimView:
    return replace(view, standing=None, assessment=Assessment("unjudged", reasons=event.reasons))


def _restated(view: ClaimView, event: ClaimBenchmarked) -> ClaimView:
    """What is at stake once the payment that was judged is taken back, or answered anew."""
    found = view.assessment
    if found is None or view.pursuit is None or view.books is not None or not event.lines:
        return view
    short = [line for line in event.lines if line.line in event.disputed]
    floor, target, stretch = _fair(short)
    found = replace(
        found,
        floor=None if found.floor is None else floor,
        target=target,
        stretch=None if found.stretch is None else stretch,
        shortfall=None if found.shortfall is None else target - total(line.allowed for line in short),
    )
    return replace(view, assessment=found, stakes=_stakes(short))


def _standing(pursued: Assessment | None, event: ClaimBenchmarked) -> Assessment | None:
    """The judgement of all that stands paid by now, where its verdict is another than the one that is pursued.

    Its amounts are of the lines that fall short; where none does, the fair range stays and nothing is short of it.
    """
    if pursued is None or pursued.verdict == event.verdict:
        return None
    now = replace(pursued, verdict=event.verdict, policy=event.policy, reasons=event.reasons, expected_net=None)
    short = [line for line in event.lines if line.verdict in ("underpaid", "denied")]
    if not short:
        return replace(now, shortfall=ZERO if event.verdict == "paid_fairly" else None)
    floor, target, stretch = _fair(short)
    shortfall = target - total(line.allowed for line in short)
    return replace(now, floor=floor, target=target, stretch=stretch, shortfall=shortfall)


def _fair(lines: Sequence[AssessedLine]) -> tuple[Decimal, Decimal, Decimal]:
    """(floor, target, stretch) of lines together, in dollars."""
    floor, target, stretch = (total(line.fair[n] for line in lines) for n in range(3))
    return floor, target, stretch


def _history_judged(view: ClaimView, event: HistoryJudged) -> ClaimView:
    """The judgement of what nobody pursues: it is shown, and neither a pursuit nor a stake."""
    found = Assessment(event.verdict, event.policy, reasons=event.reasons)
    if event.lines:
        found = replace(found, target=event.target, shortfall=event.target - event.allowed)
    carcs = event.carcs if event.verdict == "denied" else ()
    return replace(view, specialty=event.specialty, assessment=found, denial_carcs=view.denial_carcs or carcs)


def _stakes(lines: Iterable[AssessedLine]) -> tuple[LineAtStake, ...]:
    return tuple(LineAtStake(n.line, n.allowed, n.charge if n.target is None else n.target) for n in lines)


def _widened(view: ClaimView, event: DisputeWidened) -> ClaimView:
    """Further lines are in dispute with those before."""
    more = event.target - event.allowed
    found, pursuit = view.assessment, view.pursuit
    if found is not None:
        found = replace(
            found,
            floor=None if found.floor is None else found.floor + event.floor,
            target=(found.target or ZERO) + event.target,
            stretch=None if found.stretch is None else found.stretch + event.stretch,
            shortfall=None if found.shortfall is None else found.shortfall + more,
            reasons=(*found.reasons, *event.reasons),
        )
    pursuit = pursuit and replace(pursuit, shortfall=pursuit.shortfall + more)
    return replace(view, assessment=found, pursuit=pursuit, stakes=(*view.stakes, *_stakes(event.lines)))


_OfPolicies = OfferCountered | NegotiationFailed | LineAgreed | ClaimSettled | ClaimClosed


def _by_policy(view: ClaimView, policy: str) -> ClaimView:
    """The negotiation policy that the pursuit counts to."""
    if view.pursuit is None or not policy:
        return view
    return replace(view, pursuit=replace(view.pursuit, policy=policy))


def _settled(view: ClaimView, event: ClaimSettled) -> ClaimView:
    settlement = Settlement(
        event.settlement_id, event.basis, event.amount, event.additional_due, event.patient_share,
        event.settled_on, event.payment_due_on,
    )  # fmt: skip
    return replace(view, settlement=settlement, patient_share=event.patient_share)


def _settlement_paid(view: ClaimView, event: SettlementPaid) -> ClaimView:
    settlement = view.settlement and replace(
        view.settlement,
        recovered=event.recovered,
        paid_on=event.paid_on,
        short=False,
        remittance_id=event.remittance_id,
    )
    return _proved(replace(view, settlement=settlement, recovered=event.recovered))


def _settlement_short(view: ClaimView, _: SettlementShort) -> ClaimView:
    return replace(view, settlement=view.settlement and replace(view.settlement, short=True))


def _books_closed(view: ClaimView, event: ClaimClosed | BooksRestated) -> ClaimView:
    books = Books(
        event.reason, event.billed, event.allowed, event.paid_at_first, event.paid, event.recovered,
        event.patient_share, event.costs,
    )  # fmt: skip
    return replace(
        view, books=books, allowed=event.allowed, recovered=event.recovered, patient_share=event.patient_share
    )


def _reopened(view: ClaimView, _: ClaimReopened) -> ClaimView:
    return replace(view, books=None)


def _rescinded(view: ClaimView, _: SettlementRescinded) -> ClaimView:
    return replace(view, settlement=None)


def _reinstated(view: ClaimView, _: SettlementReinstated) -> ClaimView:
    settlement = view.settlement and replace(
        view.settlement, paid_on=None, short=True, remittance_id="", deposited_on=None
    )
    return replace(view, books=None, settlement=settlement)


_HANDLERS: dict[type[Event], Callable[[ClaimView, Any], ClaimView]] = {
    RemittanceReceived: _remitted,
    RemittanceReversed: _remitted,
    RemittanceRecouped: _recouped,
    RemittanceDeposited: _deposited,
    DisputeWidened: _widened,
    HistoryJudged: _history_judged,
    ClaimBenchmarked: _benchmarked,
    UnderpaymentFlagged: _flagged,
    ClaimDenied: _denied,
    ClaimPaidFairly: _paid_fairly,
    ClaimUnjudged: _unjudged,
    ClaimSettled: _settled,
    SettlementPaid: _settlement_paid,
    SettlementShort: _settlement_short,
    ClaimClosed: _books_closed,
    BooksRestated: _books_closed,
    ClaimReopened: _reopened,
    SettlementRescinded: _rescinded,
    SettlementReinstated: _reinstated,
}
"""What each event does to the claim's money; one that is not here says nothing of it."""
