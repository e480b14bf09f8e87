"""Finding and dealing with duties of the payer: none blocks a filing or an offer, each is a task with its rule.

They hold where federal law governs: only then is the recognized amount the qualifying payment amount (45 CFR 149.30).
Where the law is not known they are kept, and become tasks if it turns out to be federal.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.appeals.domain.case import AppealCase
from services.appeals.domain.cooling_off import party_of
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.duty import DUTIES, Duty, DutyKind
from services.appeals.domain.interest import interest
from services.appeals.domain.judgement import Governing
from services.appeals.domain.tables import Rules
from shared.decider import IllegalTransition
from shared.events.claims import RemittanceFacts

_AFTER_AWARD: frozenset[DutyKind] = frozenset(("cost_share_raised",))


def first_answer(builder: DecisionBuilder, paid: RemittanceFacts) -> None:
    """The payer's first answer came: was it in time, and did it bring the QPA of every line?

    Where the Act does not seem to hold, what would be owed by it is kept aside: facts that come later may show it.
    """
    governing = builder.case.governing
    if governing is None or not (owed_under(governing) or _may_turn_out_owed(governing)):
        return
    before = builder.case.duties
    _late(builder, paid)
    lacking = tuple(line.line for line in paid.lines if line.qpa is None)
    if lacking:
        _keep(builder, _found(builder, "qpa_not_disclosed", lines=lacking))
    if not owed_under(governing):
        known, after = {duty.kind for duty in before}, builder.case.duties
        builder.change(
            duties=tuple(duty for duty in after if duty.kind in known),
            not_owed=tuple(duty for duty in after if duty.kind not in known),
        )


def law_judged(builder: DecisionBuilder) -> None:
    """The law was judged anew or decided: what the payer left undone before counts from today where the Act holds."""
    case = builder.case
    if not case.not_owed or case.governing is None or not owed_under(case.governing):
        return
    builder.change(not_owed=())
    for duty in case.not_owed:
        today = _found(builder, duty.kind)
        _keep(builder, msgspec.structs.replace(duty, found_on=today.found_on, act_by=today.act_by))


def _may_turn_out_owed(governing: Governing) -> bool:
    """True where the law is open, or another's, of a service that the Act may protect."""
    if governing.law == "unknown":
        return True
    return governing.law in ("commercial", "state") and governing.scope not in ("none", "unknown")


def owed_under(governing: Governing) -> bool:
    """True where the Act holds, or may by law and kind of service."""
    return governing.law == "federal" or (governing.law == "unknown" and governing.scope not in ("none", "unknown"))


def initial_payment_due(rule_set: RuleSet, sent: date) -> date:
    """The last day of the initial payment or denial of a bill that was transmitted on a day."""
    limit = rule_set.rules.limit("nsa.initial_payment", sent)
    return rule_set.schedule.days.add(sent, limit.count, limit.unit)


def never_answered(builder: DecisionBuilder, due: date) -> None:
    """The time for the initial payment is over and nothing came: complained of as late, with no day and no sum."""
    _keep(builder, _found(builder, "late_initial_payment", due_on=due))


def _late(builder: DecisionBuilder, paid: RemittanceFacts) -> None:
    """Not later than 30 calendar days after the bill is transmitted.

    45 CFR 149.110(b)(3)(iv)(A) counts from the day the payer has what it needs to decide; that sentence was vacated
    (TMA v. HHS, 6:22-cv-450, E.D. Tex., 24 August 2023), and the courts' last word on it was not found: the complaint
    names the day of transmission, and a person judges whether the payer asked for more.
    """
    sent = builder.case.facts.sent_on
    if sent is None:
        return
    due, known = initial_payment_due(builder.rule_set, sent), _of(builder.case, "late_initial_payment")
    if paid.paid_on <= due:
        if known is not None and known.open:  # it was on its way while nothing had come
            closed = f"the answer is dated {paid.paid_on.isoformat()}, within its time"
            _keep(builder, msgspec.structs.replace(known, done_on=paid.paid_on, closed=closed))
        return
    owed = _interest_on(builder, paid.paid, sent, paid.paid_on)
    duty = known or _found(builder, "late_initial_payment", due_on=due)
    _keep(builder, msgspec.structs.replace(duty, done_on=paid.paid_on, amount=paid.paid, interest=owed or None))


def _interest_on(builder: DecisionBuilder, amount: Decimal, sent: date, paid_on: date) -> Decimal:
    """What the state's prompt-pay law adds to a late payment of an insured plan; 0 where none is known to hold."""
    case = builder.case
    row = builder.rule_set.rules.prompt_pay_of(case.facts.state, sent)
    if row is None or not row.electronic or party_of(case, builder.rule_set.rules).funding != "insured":
        return Decimal(0)
    due = builder.rule_set.schedule.days.add(sent, row.electronic, row.unit)
    return interest(amount, row.interest, due, paid_on)


def late_award_interest(case: AppealCase, rules: Rules, until: date) -> tuple[Decimal, str]:
    """Dollars that a state's prompt-pay law may add to an agreed or awarded sum that is late, and the rule; else 0, "".

    Federal law adds none. A state's reaches insured plans alone, and whether it reaches an award a person reads.
    """
    row, owed = rules.prompt_pay_of(case.facts.state, case.facts.service_from), case.owed
    if owed is None or row is None or party_of(case, rules).funding != "insured":
        return Decimal(0), ""
    due = interest(owed.outstanding, row.interest, owed.due_on, until)
    return due, f"{row.law} ({row.interest} % a year; {row.status})" if due else ""


def later_answer(builder: DecisionBuilder, paid: RemittanceFacts) -> None:
    """An answer after an award or an agreement: the patient's share is not what it decides.

    The cost share is reckoned from the recognized amount and never raised by the out-of-network rate (45 CFR
    149.510(c)(2)(i), 149.110(b)(3)(iii)).
    """
    owed = builder.case.owed
    if owed is None or owed.patient_share is None or paid.patient_responsibility <= owed.patient_share:
        return
    more = paid.patient_responsibility - owed.patient_share
    _keep(builder, _found(builder, "cost_share_raised", done_on=paid.received_on, amount=more))


def ask_about_qpa(builder: DecisionBuilder, on: date, reference: str) -> None:
    """We asked for the information of 45 CFR 149.140(d)(2), which is due "in a timely manner": by our own clock."""
    _must_be(builder, on)
    due = builder.rule_set.schedule.after("duty.qpa_information", on)
    known = _of(builder.case, "qpa_information")
    if known is not None and known.asked_on == on and known.reference == reference:
        return
    duty = _found(builder, "qpa_information", due_on=due, asked_on=on)
    _keep(builder, msgspec.structs.replace(duty, act_by=due, reference=reference))


def complained(builder: DecisionBuilder, kind: DutyKind, on: date, reference: str) -> None:
    """A person complained, under the number they were given."""
    _must_be(builder, on)
    if not reference.strip():
        raise IllegalTransition(f"duty: the number or proof of the complaint is required; {DUTIES[kind][1]}")
    before = _of(builder.case, kind)
    if before is not None and (before.complained_on, before.reference) == (on, reference):
        return  # told again
    known = _known(builder.case, kind)
    _keep(builder, msgspec.structs.replace(known, complained_on=on, reference=reference))


def close(builder: DecisionBuilder, kind: DutyKind, on: date, why: str) -> None:
    """The payer did what it owed on a day, or a person lets it be, and says why."""
    _must_be(builder, on)
    known = _known(builder.case, kind)
    _keep(builder, msgspec.structs.replace(known, done_on=known.done_on or on, closed=why))


def to_act_on(case: AppealCase) -> tuple[Duty, ...]:
    """The duties that wait for a person under federal law, while it is pursued; what follows an award also later."""
    if not case.duties or case.governing is None or case.governing.law != "federal":
        return ()
    waiting = case.stage == "watching" and not case.remittance_id  # the payer never answered: nothing to pursue yet
    return tuple(duty for duty in case.duties if duty.open and (case.live or waiting or duty.kind in _AFTER_AWARD))


def _found(builder: DecisionBuilder, kind: DutyKind, **fields: object) -> Duty:
    act_by = builder.rule_set.schedule.after("duty.complaint", builder.today)
    return msgspec.structs.replace(Duty(kind=kind, found_on=builder.today, act_by=act_by), **fields)


def _keep(builder: DecisionBuilder, duty: Duty) -> None:
    """One of a kind, in the order they were found."""
    others = [one for one in builder.case.duties if one.kind != duty.kind]
    builder.change(duties=tuple(sorted((*others, duty), key=lambda one: (one.found_on, one.kind))))


def _of(case: AppealCase, kind: DutyKind) -> Duty | None:
    return next((duty for duty in case.duties if duty.kind == kind), None)


def _known(case: AppealCase, kind: DutyKind) -> Duty:
    found = _of(case, kind)
    if found is None or not found.open:
        raise IllegalTransition(f"duty: no {kind.replace('_', ' ')} is open; {DUTIES[kind][1]}")
    return found


def _must_be(builder: DecisionBuilder, on: date) -> None:
    service = builder.case.facts.service_from
    if not service <= on <= builder.today:
        raise IllegalTransition(f"duty: the service was on {service.isoformat()}, and this day cannot be")
