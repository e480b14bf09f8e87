"""Taking up a forum and filing in it: appeals, the state's process, open negotiation, IDR."""

from __future__ import annotations

from datetime import date

import msgspec

from services.appeals.domain import collection, idr, reviews
from services.appeals.domain.case import AppealCase, BatchPart, Deadline, Dispute
from services.appeals.domain.cooling import RULE, Period, Standing
from services.appeals.domain.filing import add_filing, bounded, end, give_up, reasons, too_late
from services.appeals.domain.ladder import Forum
from services.appeals.domain.tables import Remedy
from services.appeals.domain.turn import Turn
from shared.events.pursuit import AppealFiled, DocumentRef, NegotiationOpened
from shared.fold import IllegalTransition
from shared.money import cents


def take_up(turn: Turn, forum: Forum, level: int, anchor: date) -> None:
    """Begin a forum's level: plan its deadline, then file at once, wait for its first day, or wait for a person."""
    case = turn.case
    opens: date | None = None
    if forum == "state_process":
        row = turn.house.rules.state(case.facts.state, case.facts.service_from)
        arrived = turn.dispute.arrived_on
        opens = turn.house.schedule.state_file_by(row, max(anchor, arrived or anchor))[0]
    due, rule = file_by(turn, forum, level, anchor)
    blocked = _blocked(case, forum)
    standing = _standing(case, forum)
    deadline = bounded(turn.dispute, turn.ours("file", due, rule, opens=opens))
    turn.change(forum=forum, level=level, stage="prepare", blocked=blocked, deadlines=(deadline, *standing))
    name_the_remedy(turn, forum)
    if turn.today > deadline.until:
        too_late(turn, forum, level, anchor, deadline)
    elif not blocked and forum not in turn.house.policy.attest and (opens is None or opens <= turn.today):
        file(turn)


def name_the_remedy(turn: Turn, forum: Forum) -> None:
    """An underpayment is argued in the forum it came to: what is said there is not what open negotiation would say."""
    cause = turn.case.cause
    if cause is None or cause.remedy not in ("open_negotiation", "underpayment_appeal"):
        return
    remedy: Remedy = "open_negotiation" if forum in ("open_negotiation", "federal_idr") else "underpayment_appeal"
    if cause.remedy != remedy:
        source = "45 CFR 149.510" if remedy == "open_negotiation" else "29 CFR 2560.503-1"
        turn.change(cause=msgspec.structs.replace(cause, remedy=remedy, source=source))


def file_by(turn: Turn, forum: Forum, level: int, anchor: date) -> tuple[date, str]:
    """Last day to file at a forum's level and its rule, counted from the receipt of what is disputed there."""
    schedule, facts = turn.house.schedule, turn.case.facts
    if forum == "open_negotiation":
        return schedule.open_negotiation_until(anchor), "45 CFR 149.510(b)(1)(i)"
    if forum == "state_process":
        row = turn.house.rules.state(facts.state, facts.service_from)
        return schedule.state_file_by(row, anchor)[1:]
    return schedule.file_by(forum, level, anchor, turn.payer, fehb=turn.fehb)


def _standing(case: AppealCase, forum: Forum) -> tuple[Deadline, ...]:
    """Reviews of other rights go on beside the plan's appeal and the corrected claim."""
    return reviews.standing(case) if forum in ("commercial_appeal", "corrected_claim") else ()


def is_open(turn: Turn, forum: Forum, anchor: date) -> bool:
    """Whether a first filing in a forum would still be in time."""
    schedule = turn.house.schedule
    if forum == "open_negotiation":
        return turn.today <= schedule.open_negotiation_until(anchor)
    row = turn.house.rules.state(turn.case.facts.state, turn.case.facts.service_from)
    return turn.today <= schedule.state_file_by(row, anchor)[1]


def gathered(turn: Turn) -> None:
    """The day on which a claim is initiated that waited for others: alone, since no batch has taken it."""
    filing = turn.case.deadline("file")
    if filing is not None and turn.today > filing.due:  # an outage over the gathering day and the window's end
        turn.notice("missed", filing)
        give_up(turn, f"the window for IDR initiation closed on {filing.due.isoformat()}", filing.rule, missed=True)
        return
    stands = idr.cooling(turn)
    if filing is None or stands.binding is None:
        if _worth_it(turn):
            _file_or_ask(turn, stands)
        return
    _cool_off(turn, filing, stands.binding)


def _file_or_ask(turn: Turn, stands: Standing) -> None:
    if stands.doubtful is None:
        file(turn)
    else:
        idr.ask_about_the_plan(turn, stands.doubtful)


def plan_known(turn: Turn) -> None:
    """A person said whether the plan is that of a determination: IDR is postponed, or goes on."""
    case, filing, window = turn.case, turn.case.deadline("file"), turn.case.deadline("idr_window")
    stands = idr.cooling(turn)
    if window is not None and window.rule == RULE and stands.binding is None and stands.doubtful is None:
        _no_longer_postponed(turn)
    if case.forum != "federal_idr" or case.stage != "prepare" or filing is None:
        return
    if stands.binding is not None:
        _cool_off(turn, filing, stands.binding)
    elif stands.doubtful is None and idr.PLAN_OPEN in case.escalated:
        turn.change(escalated="")
        if "federal_idr" not in turn.house.policy.attest:
            file(turn)


def _no_longer_postponed(turn: Turn) -> None:
    """IDR was postponed for a period that does not bind: the window after the negotiation is the right one, if open."""
    begun = turn.case.negotiation_on
    assert begun is not None
    window = _window(turn, begun)
    if turn.today > window.until:
        reason = "postponed for a cooling-off period that does not bind, while the window for initiation closed on"
        turn.change(escalated=f"{reason} {window.until.isoformat()}; {window.rule}")
        return
    turn.change(deadlines=(window,), escalated="")
    turn.corrected(window, None, "the plan is not that of the determination whose cooling-off period was waited for")


def _cool_off(turn: Turn, filing: Deadline, period: Period) -> None:
    # a determination of the days between began a cooling-off period: back to the window, as if it had just opened
    window = msgspec.structs.replace(filing, kind="idr_window")
    turn.change(forum="open_negotiation", level=1, stage="open", deadlines=(window,), escalated="")
    idr.wait_out(turn, period)


def file(
    turn: Turn, *, on: date | None = None, reference: str = "", batch: BatchPart | None = None, despite: str = ""
) -> None:
    """File what the case stands before; refuses steps that are illegal, blocked, early or late.

    `despite` is a person's reason to initiate IDR inside a cooling-off period.
    """
    turn.check("file")
    case = turn.case
    assert case.forum is not None
    day = on or turn.today
    deadline = case.deadline("file")
    if case.blocked:
        raise IllegalTransition(f"file: blocked by {', '.join(case.blocked)}")
    if deadline is not None and deadline.opens is not None and day < deadline.opens:
        raise IllegalTransition(f"file: not before {deadline.opens.isoformat()}; {deadline.rule}")
    if deadline is not None and day > deadline.until:
        raise IllegalTransition(f"file: the time ended on {deadline.until.isoformat()}; {deadline.rule}")
    if case.forum == "federal_idr":
        idr.initiate(turn, day, reference, batch, despite)
    elif case.forum == "collection":
        collection.file(turn, day, reference)
    elif case.forum == "open_negotiation":
        _open_negotiation(turn, day, reference)
    else:
        _file_appeal(turn, day, reference)


def _file_appeal(turn: Turn, day: date, reference: str) -> None:
    case = turn.case
    assert case.forum is not None and case.forum not in ("collection", "records") and case.cause is not None
    if case.forum == "state_process":
        row = turn.house.rules.state(case.facts.state, case.facts.service_from)
        due, rule = turn.house.schedule.state_decide_by(row, day)
    else:
        due, rule = turn.house.schedule.decide_by(case.forum, case.level, day, turn.payer, fehb=turn.fehb)
    filing = add_filing(turn, day, due, turn.dispute.target, reference)
    waiting = turn.waiting("decision", due, rule)
    turn.change(stage="await", escalated="", deadlines=(waiting, *reviews.standing(case)))
    turn.emit(
        AppealFiled(
            claim_id=case.claim_id,
            case_id=case.case_id_in(case.forum),
            forum=case.forum,
            level=case.level,
            remedy=filing.remedy,
            amount_sought=filing.sought,
            filed_on=day,
            decision_due_on=due,
            reasons=(*reasons(case), *_federal_lost(turn), f"decision due {due.isoformat()}: {rule}"),
            documents=filing.documents,
        )
    )


def _federal_lost(turn: Turn) -> tuple[str, ...]:
    """Why a claim under federal law is argued with the plan all the same."""
    case = turn.case
    if case.governing is None or case.governing.law != "federal" or turn.dispute.denied or case.negotiation_on:
        return ()
    last = turn.house.schedule.open_negotiation_until(turn.dispute.notice_on)
    if turn.today <= last:
        return ()
    return (f"open negotiation could be begun until {last.isoformat()}, and was not; 45 CFR 149.510(b)(1)(i)",)


def _open_negotiation(turn: Turn, day: date, reference: str) -> None:
    dates = turn.house.schedule.negotiation(day)
    filing = add_filing(turn, day, dates.ends_on, turn.dispute.target, reference)
    _negotiating(turn, day, (*reasons(turn.case), turn.house.schedule.reading()), filing.documents)


def go_on_negotiating(turn: Turn, begun: date) -> None:
    """A negotiation that a settlement had ended goes on: its notice stands, and the window after it still runs."""
    _negotiating(turn, begun, (f"the settlement was rescinded; the notice of {begun.isoformat()} stands",))


def _negotiating(turn: Turn, begun: date, why: tuple[str, ...], documents: tuple[DocumentRef, ...] = ()) -> None:
    """Negotiate by the notice of `begun`, and wait for the window of IDR initiation after it."""
    dates = turn.house.schedule.negotiation(begun)
    turn.change(stage="open", negotiation_on=begun, escalated="", deadlines=(_window(turn, begun),))
    turn.emit(
        NegotiationOpened(
            claim_id=turn.case.claim_id,
            case_id=turn.case.case_id,
            notice_on=begun,
            ends_on=dates.ends_on,
            idr_from=dates.idr_from,
            idr_until=dates.idr_until,
            reasons=why,
            documents=documents,
        )
    )


def _window(turn: Turn, begun: date) -> Deadline:
    """When IDR may be initiated after the open negotiation of a notice."""
    dates = turn.house.schedule.negotiation(begun)
    return turn.ours("idr_window", dates.idr_until, "45 CFR 149.510(b)(2)(i)", opens=dates.idr_from)


def _blocked(case: AppealCase, forum: Forum) -> tuple[str, ...]:
    """29 CFR 2560.503-1(b)(4): a provider appeals as the patient's representative, so an assignment must be on file."""
    needs = forum in ("commercial_appeal", "external_review") and not case.facts.assignment
    return ("assignment_of_benefits",) if needs else ()


def window_opens(turn: Turn) -> None:
    """Open negotiation is over without agreement: initiate if the claim is eligible and worth the fees."""
    turn.check("window_opens")
    case = turn.case
    if case.governing is None or case.governing.law != "federal":
        end(turn, "the federal process does not govern this claim", "45 CFR 149.510(a)")
        return
    window = case.deadline("idr_window")
    assert window is not None
    stands = idr.cooling(turn)
    if stands.binding is not None:
        idr.wait_out(turn, stands.binding)
        return
    turn.change(forum="federal_idr", level=1, stage="prepare", deadlines=(), dispute=without_denied(turn.dispute))
    if turn.today > window.due:
        # the whole window passed unseen, in an outage: said like every other miss
        turn.notice("missed", turn.ours("file", window.due, window.rule))
        reason = f"the window for IDR initiation closed on {window.due.isoformat()}"
        give_up(turn, reason, window.rule, missed=True)
        return
    late = idr.late_start(turn)
    if late:
        end(turn, late, "45 CFR 149.510(b)(1)(i)")
        return
    gather = turn.house.policy.idr_gather_days
    by_itself = "federal_idr" not in turn.house.policy.attest
    together = min(turn.house.schedule.days.after(turn.today, gather), window.due) if gather and by_itself else None
    turn.change(deadlines=(turn.ours("file", window.due, window.rule),))
    if stands.doubtful is not None:
        if _worth_it(turn):
            idr.ask_about_the_plan(turn, stands.doubtful)
    elif together is not None and together > turn.today:  # what is not worth its fees alone may be in a batch
        gathering = turn.waiting("gather", together, "house rule: claims that may share a filing are filed together")
        turn.change(deadlines=(*turn.case.deadlines, gathering))
    elif _worth_it(turn) and by_itself:
        file(turn)


def without_denied(dispute: Dispute) -> Dispute:
    """What IDR decides is the amount of a payment: lines that were denied are not before it (45 CFR 149.510(a)(2))."""
    if not dispute.denied_lines or dispute.denied:
        return dispute
    return msgspec.structs.replace(
        dispute,
        target=dispute.target - dispute.denied_beside,
        lines=max(dispute.lines - dispute.denied_lines, 1),
        denied_beside=dispute.denied_beside * 0,
        denied_lines=0,
    )


def further_lines(turn: Turn, notice_on: date) -> None:
    """A date for a person's appeal against lines that the case as it is filed does not reach."""
    due, rule = turn.house.schedule.file_by("commercial_appeal", 1, notice_on, turn.payer, fehb=turn.fehb)
    known = turn.case.further_due
    if turn.today <= due and (known is None or due < known.due):
        turn.change(
            further_due=turn.ours("further_lines", due, rule),
            deadlines=tuple(d for d in turn.case.deadlines if d.kind != "further_lines"),
        )


def _worth_it(turn: Turn) -> bool:
    """Whether IDR alone is expected to bring more than it costs; the pursuit ends where it is not."""
    if idr.expected_gain(turn, turn.today) > 0:
        return True
    administrative, entity = idr.expected_fees(turn, turn.today)
    end(
        turn,
        f"IDR is not worth its fees: {cents(turn.dispute.target - turn.dispute.allowed)} in dispute against "
        f"{administrative} and, if lost, {entity}",
        "45 CFR 149.510(d)",
    )
    return False
