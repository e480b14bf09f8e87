"""The federal IDR process, 45 CFR 149.510: initiation, selection, offers, determination."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.appeals.domain.case import BatchPart, Filing
from services.appeals.domain.filing import add_filing, end
from services.appeals.domain.turn import Turn
from shared.events.payer import PayerIdrDetermination
from shared.events.pursuit import IdrDetermined, IdrInitiated
from shared.fold import IllegalTransition
from shared.money import cents

_ZERO = Decimal(0)
COOLING_OFF = "45 CFR 149.510(c)(4)(vii)(B)"


def expected_fees(turn: Turn, on: date) -> tuple[Decimal, Decimal]:
    """Administrative fee, and the entity's fee as expected within its published range (borne by the loser)."""
    rules, policy = turn.house.rules, turn.house.policy
    batched = turn.dispute.lines > 1
    entity = rules.fee("idr_entity_batched" if batched else "idr_entity_single", on)
    fee = entity.low + (entity.high - entity.low) * policy.idr_entity_fee_share
    return rules.fee("idr_admin", on).low, cents(fee)


def fees_of(turn: Turn, filing: Filing) -> tuple[Decimal, Decimal]:
    """Administrative and entity's fee of a filing: the claim's part of them where it shares the filing."""
    if filing.batch is not None:
        return filing.batch.administrative_fee, filing.batch.entity_fee
    return expected_fees(turn, filing.filed_on)


def expected_gain(turn: Turn, on: date) -> Decimal:
    """What IDR is expected to bring after its fees, in dollars."""
    win = turn.house.policy.idr_win_probability
    administrative, entity = expected_fees(turn, on)
    return win * (turn.dispute.target - turn.dispute.allowed) - administrative - (1 - win) * entity


def cooling_off_until(turn: Turn) -> date | None:
    """Last day of the cooling-off period that binds the claim's parties over one of its codes today; None if none does.

    42 USC 300gg-111(c)(5)(E)(ii); what other claims' determinations started is read beforehand (`House.cooling`).
    """
    facts = turn.case.facts
    found = [turn.house.cooling.get((facts.payer_id, facts.billing_tin, code)) for code in turn.dispute.codes]
    until = max((day for day in found if day is not None), default=None)
    return until if until is not None and turn.today <= until else None


def wait_out(turn: Turn, until: date) -> None:
    """Initiation waits for the end of a cooling-off period.

    Only an open negotiation that ended inside the period keeps its right, for 30 business days after it; one that ended
    before the determination that began the period has lost its window to it.
    """
    case, schedule = turn.case, turn.house.schedule
    window = case.deadline("idr_window")
    assert window is not None and case.negotiation_on is not None
    negotiation = schedule.negotiation(case.negotiation_on)
    again = window.rule == COOLING_OFF
    if not again and negotiation.ends_on < schedule.cooling_off_began(until):
        end(
            turn,
            f"open negotiation ended on {negotiation.ends_on.isoformat()}, before the cooling-off period that runs "
            f"until {until.isoformat()} and holds the whole window for initiation",
            COOLING_OFF,
        )
        return
    opens, due = schedule.after_cooling_off(until)
    later = turn.ours("idr_window", due, COOLING_OFF, opens=opens)
    turn.change(deadlines=(later,))
    turn.notice("postponed", later, f"the parties cool off over this code until {until.isoformat()}")


def late_start(turn: Turn) -> str:
    """Why no IDR is open after an open negotiation that began too late (a corrected date of receipt shows it)."""
    began, schedule = turn.case.negotiation_on, turn.house.schedule
    until = schedule.open_negotiation_until(turn.dispute.notice_on)
    if began is None or began <= until:
        return ""
    return f"open negotiation began on {began.isoformat()}, after its last day {until.isoformat()}"


def initiate(turn: Turn, day: date, reference: str, batch: BatchPart | None = None) -> None:
    """The notice of IDR initiation went to the Departments and the other party, for this claim or a batch with it."""
    case = turn.case
    schedule = turn.house.schedule
    if case.governing is None or case.governing.law != "federal":
        raise IllegalTransition("initiate: the federal process does not govern this claim; 45 CFR 149.510(a)")
    late = late_start(turn)
    if late:
        raise IllegalTransition(f"initiate: {late}; 45 CFR 149.510(b)(1)(i)")
    selected_by = schedule.entity_selected_by(day)
    due = schedule.determination_due(selected_by)
    filing = add_filing(turn, day, due, turn.dispute.target, reference, batch=batch)
    administrative, entity = fees_of(turn, filing)
    selection = turn.waiting("entity_selection", selected_by, "45 CFR 149.510(c)(1)(iv)")
    turn.change(stage="selection", deadlines=(selection,), escalated="")
    turn.emit(
        IdrInitiated(
            claim_id=case.claim_id,
            case_id=case.case_id,
            initiated_on=day,
            offer=filing.sought,
            administrative_fee=administrative,
            entity_fee=entity,
            determination_due_on=due,
            documents=filing.documents,
            batch_id=batch.batch_id if batch else "",
            batch_claims=len(batch.claim_ids) if batch else 1,
        )
    )


def entity_selected(turn: Turn, on: date) -> None:
    """The certified entity is final: offers and fees are due."""
    turn.check("select_entity")
    schedule = turn.house.schedule
    offers = turn.ours("offer", schedule.offers_due(on), "45 CFR 149.510(c)(4)(i)")
    decision = turn.waiting("determination", schedule.determination_due(on), "45 CFR 149.510(c)(4)(ii)")
    turn.change(stage="offers", entity_on=on, deadlines=(offers, decision))
    if "federal_idr" in turn.house.policy.attest:
        return
    if turn.today > offers.due:  # an outage over the ten days: what was not sent is not said to be
        offer_missed(turn)
    else:
        offer_submitted(turn)


def offer_submitted(turn: Turn) -> None:
    """Our offer and the fees are with the entity; late offers are refused."""
    turn.check("submit_offer")
    offers = turn.case.deadline("offer")
    if offers is not None and turn.today > offers.due:
        raise IllegalTransition(f"submit_offer: offers were due on {offers.due.isoformat()}; {offers.rule}")
    _await_determination(turn)


def offer_missed(turn: Turn) -> None:
    """No offer from us: the entity takes the other party's. We can only wait for its determination."""
    turn.check("missed")
    _await_determination(turn)
    turn.change(escalated="no offer was submitted in time; the other party's offer will be chosen")


def _await_determination(turn: Turn) -> None:
    kept = tuple(d for d in turn.case.deadlines if d.kind == "determination")
    turn.change(stage="determination", deadlines=kept)


def determined(turn: Turn, answer: PayerIdrDetermination) -> None:
    """The entity chose an offer: binding, 42 USC 300gg-111(c)(5)(E)."""
    case = turn.case
    if case.stage == "ended":
        return
    if answer.case_id != case.case_id:
        raise IllegalTransition("an IDR determination for another case of this claim; 45 CFR 149.510(c)(4)")
    if case.forum == "federal_idr" and case.stage == "agreement":
        return  # told twice
    turn.check("determined")
    schedule = turn.house.schedule
    payment_due = schedule.award_payment_due(answer.determined_on)
    filing = case.filings[-1]
    _, entity = fees_of(turn, filing)
    turn.emit(
        IdrDetermined(
            claim_id=case.claim_id,
            case_id=case.case_id,
            determined_on=answer.determined_on,
            prevailing=answer.prevailing,
            award=answer.award,
            fees_owed=entity if answer.prevailing == "payer" else cents(_ZERO),
            payment_due_on=payment_due,
        )
    )
    turn.change(
        stage="agreement",
        cooling_off_until=schedule.cooling_off_until(answer.determined_on),
        deadlines=(turn.waiting("agreement", payment_due, "45 CFR 149.510(c)(4)(ix)"),),
    )
