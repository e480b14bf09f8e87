"""The federal IDR process, 45 CFR 149.510: initiation, selection, offers, determination."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec

from services.appeals.domain.case import AppealCase, BatchPart, Deadline, Filing
from services.appeals.domain.cooling import RULE, Period, Standing, party_of, standing
from services.appeals.domain.filing import add_filing, end
from services.appeals.domain.turn import Turn
from shared.events.payer import PayerIdrDetermination
from shared.events.pursuit import IdrDetermined, IdrInitiated
from shared.fold import IllegalTransition
from shared.money import cents

_ZERO = Decimal(0)
PLAN_OPEN = "a person says whether the plan, or its issuer where it is insured, is that"
ASSUMED = "assumed: nobody has told when the entity became final, and the last day for it was taken"
_SELECTION = "45 CFR 149.510(c)(1)(iv)"
_OTHER_ZONES = timedelta(days=1)  # the sender's day may be a day ahead of ours
_OFFERS = "45 CFR 149.510(c)(4)(i)"


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


def _batched_from(case: AppealCase, filing: Filing) -> date | None:
    """The day open negotiation began of a dispute of several lines; None of a single one."""
    several = filing.batch is not None or (case.dispute is not None and case.dispute.lines > 1)
    return case.negotiation_on if several else None


def expected_gain(turn: Turn, on: date) -> Decimal:
    """What IDR is expected to bring after its fees, in dollars."""
    win = turn.house.policy.idr_win_probability
    administrative, entity = expected_fees(turn, on)
    return win * (turn.dispute.target - turn.dispute.allowed) - administrative - (1 - win) * entity


def cooling(turn: Turn, on: date | None = None) -> Standing:
    """The cooling-off periods that stand against initiating on a day, today if not given.

    What other claims' determinations began is read beforehand (`House.cooling`).
    """
    return standing(party_of(turn.case, turn.house.rules), turn.house.cooling, on or turn.today)


def wait_out(turn: Turn, period: Period) -> None:
    """Initiation waits for the end of a cooling-off period.

    Only an open negotiation that ended inside the period keeps its right, for 30 business days after it; one that ended
    before the determination that began the period has lost its window to it.
    """
    case, schedule = turn.case, turn.house.schedule
    window = case.deadline("idr_window")
    assert window is not None and case.negotiation_on is not None
    negotiation = schedule.negotiation(case.negotiation_on)
    until = period.until.isoformat()
    if window.rule != RULE and negotiation.ends_on < period.determined_on:
        end(
            turn,
            f"open negotiation ended on {negotiation.ends_on.isoformat()}, before the cooling-off period that runs "
            f"until {until} and holds the whole window for initiation",
            RULE,
        )
        return
    opens, due = schedule.after_cooling_off(period.until)
    later = turn.ours("idr_window", due, RULE, opens=opens)
    turn.change(deadlines=(later,))
    turn.notice("postponed", later, f"the parties cool off over this code until {until}")


def ask_about_the_plan(turn: Turn, period: Period) -> None:
    """Whether a period binds is for a person, who has the window's last day for it; until then nothing is postponed."""
    filing = turn.case.deadline("file")
    assert filing is not None
    why = (
        f"{PLAN_OPEN} of the determination of {period.determined_on.isoformat()}: if it is, the parties cool off over "
        f"this code until {period.until.isoformat()}, and if not, IDR is initiated by {filing.due.isoformat()}"
    )
    reminded = msgspec.structs.replace(filing, told=1)
    turn.change(deadlines=(reminded,), escalated=f"{why}; {RULE}")
    turn.notice("reminder", reminded, why)


def late_start(turn: Turn) -> str:
    """Why no IDR is open after an open negotiation that began too late (a corrected date of receipt shows it)."""
    began, schedule = turn.case.negotiation_on, turn.house.schedule
    until = schedule.open_negotiation_until(turn.dispute.notice_on)
    if began is None or began <= until:
        return ""
    return f"open negotiation began on {began.isoformat()}, after its last day {until.isoformat()}"


def initiate(turn: Turn, day: date, reference: str, batch: BatchPart | None = None, despite: str = "") -> None:
    """The notice of IDR initiation went to the Departments and the other party, for this claim or a batch with it.

    Refused inside a cooling-off period that binds, unless a person says why it was filed `despite` it. Where it is not
    known whether one binds, what a person filed stands, and the question stays open.
    """
    case = turn.case
    schedule = turn.house.schedule
    if case.governing is None or case.governing.law != "federal":
        raise IllegalTransition("initiate: the federal process does not govern this claim; 45 CFR 149.510(a)")
    late = late_start(turn)
    if late:
        raise IllegalTransition(f"initiate: {late}; 45 CFR 149.510(b)(1)(i)")
    stands = cooling(turn, day)
    if stands.binding is not None and not despite:
        raise IllegalTransition(
            f"initiate: the parties cool off over this code until {stands.binding.until.isoformat()}; {RULE}; where it "
            "may be filed all the same, say why in `cooling_off_reason`"
        )
    doubt = "" if stands.doubtful is None or despite else f"filed on {day.isoformat()}, though perhaps too early: "
    if doubt and stands.doubtful is not None:
        doubt += f"{PLAN_OPEN} of the determination of {stands.doubtful.determined_on.isoformat()}; {RULE}"
    selected_by = schedule.entity_selected_by(day)
    due = schedule.determination_due(selected_by)
    filing = add_filing(turn, day, due, turn.dispute.target, reference, batch=batch)
    administrative, entity = fees_of(turn, filing)
    selection = turn.waiting("entity_selection", selected_by, _SELECTION)
    turn.change(stage="selection", deadlines=(selection,), escalated=doubt)
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
    """The day on which the certified entity became final, as told: offers and fees are counted from it.

    It may be told late, again, or after a day was assumed for it. Where the last day for offers has passed by then,
    the day of our offer may still be told, so nothing is said to be missed.
    """
    turn.check("select_entity")
    case = turn.case
    if case.entity_on == on and not case.entity_assumed:
        return  # told twice
    offer, decision = _counted_from(turn, on, assumed=False)
    if case.offer_on is not None:
        turn.change(stage="determination", deadlines=(decision,), escalated=_out_of_order(turn, case.offer_on, on))
    elif turn.today > offer.due:
        turn.change(stage="determination", deadlines=(decision,), escalated=_no_offer(offer))
    else:
        turn.change(stage="offers", deadlines=(offer, decision), escalated="")
        before = case.deadline("offer")
        if case.stage != "selection" and (before is None or before.due != offer.due):
            turn.corrected(offer, before.due if before else None, f"the entity was selected on {on.isoformat()}")
        if _by_itself(turn):
            offer_submitted(turn, turn.today)


def selection_overdue(turn: Turn, item: Deadline) -> None:
    """The last day on which the Departments select has passed, and nobody has told us when the entity became final.

    That day is assumed, so that people are reminded of their offer; what is counted from it takes no right away.
    """
    offer, decision = _counted_from(turn, item.due, assumed=True)
    turn.change(stage="offers", deadlines=(offer, decision))
    if not _by_itself(turn):
        turn.notice("overdue", item, ASSUMED)
    elif turn.today > offer.due:  # an outage over the ten days: what was not sent is not said to be
        turn.change(stage="determination", deadlines=(decision,), escalated=_no_offer(offer))
    else:
        offer_submitted(turn, turn.today)


def offer_submitted(turn: Turn, on: date) -> None:
    """Our offer and the fees were with the entity on a day, which may be told later; late offers are refused."""
    turn.check("submit_offer")
    case, schedule = turn.case, turn.house.schedule
    initiated = case.filings[-1].filed_on
    if on < initiated:
        raise IllegalTransition(f"submit_offer: IDR was initiated on {initiated.isoformat()}; {_OFFERS}")
    if case.entity_on is not None and not case.entity_assumed:
        due = schedule.offers_due(case.entity_on)
        if on > due:
            raise IllegalTransition(f"submit_offer: offers were due on {due.isoformat()}; {_OFFERS}")
    decision = case.deadline("determination")
    if decision is None:  # nobody has told of a selection, and its last day is not over or long past
        selected_by = case.entity_on or schedule.entity_selected_by(initiated)
        decision = _waiting_for_the_entity(turn, selected_by, assumed=True)
    turn.change(stage="determination", offer_on=on, deadlines=(decision,), escalated="")


def offer_missed(turn: Turn, item: Deadline) -> None:
    """The last day for offers passed and none of ours is recorded.

    Counted from a day that was told: unless one was made, the entity takes the other party's. Counted from an assumed
    day it says nothing: the entity is asked after until its selection is told.
    """
    turn.check("missed")
    if item.assumed:
        selection = turn.waiting("entity_selection", _selection_due(turn), _SELECTION)
        turn.change(deadlines=(selection,))
        chase_selection(turn, selection)
        return
    turn.notice("missed", item)
    kept = tuple(d for d in turn.case.deadlines if d.kind == "determination")
    turn.change(stage="determination", deadlines=kept, escalated=_no_offer(item))


def chase_selection(turn: Turn, item: Deadline) -> None:
    """Nobody has told when the entity became final: a person looks at the portal, and again after some days."""
    turn.notice("overdue", msgspec.structs.replace(item, due=item.first_due), ASSUMED)
    again = turn.house.schedule.after("nsa.selection_chase", max(turn.today, item.due))
    later = msgspec.structs.replace(item, due=again, told=item.told + 1, since=item.first_due)
    turn.change(
        deadlines=tuple(later if d is item else d for d in turn.case.deadlines),
        escalated=f"the selection of the entity was due on {item.first_due.isoformat()} and is not recorded: look at "
        f"the portal, record its day, and that of our offer if one was made; {item.rule}",
    )


def _selection_due(turn: Turn) -> date:
    return turn.house.schedule.entity_selected_by(turn.case.filings[-1].filed_on)


def _counted_from(turn: Turn, on: date, *, assumed: bool) -> tuple[Deadline, Deadline]:
    """The deadlines of our offer and of the determination, counted from the day the entity became final."""
    offer = turn.ours("offer", turn.house.schedule.offers_due(on), _OFFERS)
    turn.change(entity_on=on, entity_assumed=assumed)
    return msgspec.structs.replace(offer, assumed=assumed), _waiting_for_the_entity(turn, on, assumed=assumed)


def _waiting_for_the_entity(turn: Turn, selected: date, *, assumed: bool) -> Deadline:
    due = turn.house.schedule.determination_due(selected)
    return msgspec.structs.replace(turn.waiting("determination", due, "45 CFR 149.510(c)(4)(ii)"), assumed=assumed)


def _by_itself(turn: Turn) -> bool:
    return "federal_idr" not in turn.house.policy.attest


def _no_offer(offer: Deadline) -> str:
    return (
        f"no offer of ours is recorded by {offer.due.isoformat()}: record the day of ours; unless one was made in "
        f"time, the other party's will be chosen; {offer.rule}"
    )


def _out_of_order(turn: Turn, offered: date, selected: date) -> str:
    """What a person should look at where our offer does not fit the selection as told; empty where it fits."""
    due = turn.house.schedule.offers_due(selected)
    if selected <= offered <= due:
        return ""
    return (
        f"our offer of {offered.isoformat()} does not lie between the selection of {selected.isoformat()} and "
        f"{due.isoformat()}: see that the entity has it; {_OFFERS}"
    )


def determined(turn: Turn, answer: PayerIdrDetermination) -> None:
    """The entity chose an offer: binding, 42 USC 300gg-111(c)(5)(E). Its selection and our offer need not be recorded.

    A determination that cannot be, since its day lies before the initiation or in the future, is for a person.
    """
    case = turn.case
    if case.stage == "ended":
        return
    if answer.case_id != case.case_id:
        raise IllegalTransition("an IDR determination for another case of this claim; 45 CFR 149.510(c)(4)")
    if case.forum == "federal_idr" and case.stage == "agreement":
        return  # told twice
    turn.check("determined")
    schedule = turn.house.schedule
    filing = case.filings[-1]
    if not filing.filed_on <= answer.determined_on <= turn.today + _OTHER_ZONES:
        turn.change(
            escalated=f"a determination of {answer.determined_on.isoformat()}, reported on {turn.today.isoformat()} of "
            f"a dispute initiated on {filing.filed_on.isoformat()}, was not taken: look at the portal"
        )
        return
    payment_due = schedule.award_payment_due(answer.determined_on)
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
        determined_on=answer.determined_on,
        cooling_off_until=schedule.cooling_off_until(answer.determined_on, _batched_from(case, filing)),
        deadlines=(turn.waiting("agreement", payment_due, "45 CFR 149.510(c)(4)(ix)"),),
    )
