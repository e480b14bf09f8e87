"""How the certified IDR entity is chosen, 45 CFR 149.510(c)(1): proposal, objection, alternative, conflict.

The other party may object within three business days of the initiation and then proposes an alternative, which is
selected unless we object. What is chosen, or that nothing is, the initiating party tells the Departments within one
business day. An entity that cannot attest to be free of conflicts is replaced: the choice begins again on the day of
that notice.
"""

from __future__ import annotations

from datetime import date

import msgspec

from services.appeals.domain.case import Deadline
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.registry import check_move
from services.appeals.domain.idr_beside import EntityChoice
from services.appeals.domain.idr_information import IN_IDR
from services.appeals.domain.tables import in_force
from shared.decider import IllegalTransition

_JOINT = "45 CFR 149.510(c)(1)(i)"
_NOTICE = "45 CFR 149.510(c)(1)(iii)"
_REVIEW = "45 CFR 149.510(c)(1)(v)"
_SELECTION = "45 CFR 149.510(c)(1)(iv)"
ANSWER = "entity_answer"
"""The deadline to agree or object to the alternative that the other party proposed."""
NOTIFY = "entity_notice"
"""The deadline to tell the Departments who the entity is, or that none was agreed on."""


def objected(builder: DecisionBuilder, on: date, alternative: str) -> None:
    """The other party objected to our entity and proposed another, which is selected unless we object."""
    case = builder.case
    began = _began(builder, on)
    if case.stage != "selection":
        raise IllegalTransition(f"objected: the entity is not being selected; {_JOINT}")
    known = case.entity or EntityChoice()
    if known.objected_on == on and known.alternative == alternative:
        return
    choice = msgspec.structs.replace(known, alternative=alternative, objected_on=on, agreed=None)
    due = builder.rule_set.schedule.after("nsa.entity_joint", began)
    late = on > due
    words = f"the other party objects and proposes {alternative or 'no entity'}"
    note = _not_certified(builder, alternative, on)
    if late:
        note = f"{note}, after the {due.isoformat()} by which it could: see whether ours counts as selected"
    deadlines = tuple(d for d in case.deadlines if d.kind not in (ANSWER, NOTIFY))
    if alternative and builder.today <= due:
        deadlines = (*deadlines, builder.ours(ANSWER, due, _JOINT))
        note = f"{note}; agree or object by {due.isoformat()}, else it is selected"
    elif not alternative:
        deadlines = (*deadlines, _to_notify(builder, due))
    builder.change(entity=choice, deadlines=deadlines, escalated=f"{words}{note}; {_JOINT}")


def answered(builder: DecisionBuilder, on: date, *, agreed: bool) -> None:
    """We agreed or objected to the alternative; the Departments are told of either within one business day."""
    case, choice = builder.case, builder.case.entity
    if choice is None or choice.objected_on is None or not choice.alternative:
        raise IllegalTransition(f"entity: no alternative was proposed; {_JOINT}")
    if not choice.objected_on <= on <= builder.today:
        raise IllegalTransition(f"entity: proposed on {choice.objected_on.isoformat()}, this day cannot be; {_JOINT}")
    if choice.agreed is agreed:
        return
    name = choice.alternative if agreed else choice.name
    chosen = msgspec.structs.replace(choice, agreed=agreed, name=name)
    began = _began(builder, on)
    since = on if agreed else max(builder.rule_set.schedule.after("nsa.entity_joint", began), on)
    kept = tuple(d for d in case.deadlines if d.kind not in (ANSWER, NOTIFY))
    builder.change(entity=chosen, deadlines=(*kept, _to_notify(builder, since)), escalated="")


def notified(builder: DecisionBuilder, on: date) -> None:
    """We told the Departments through the portal who the entity is, or that none was agreed on."""
    _began(builder, on)
    choice = builder.case.entity or EntityChoice()
    kept = tuple(d for d in builder.case.deadlines if d.kind not in (ANSWER, NOTIFY))
    builder.change(entity=msgspec.structs.replace(choice, notified_on=on), deadlines=kept, escalated="")


def conflicted(builder: DecisionBuilder, on: date, name: str = "") -> None:
    """The entity could not attest that it has no conflict: another is chosen, counted from the day of that notice.

    Nothing is missed by what was counted from its selection. An offer that was made to it has to be made again.
    """
    check_move(builder, "select_entity")
    began = _began(builder, on)
    case = builder.case
    known = case.entity or EntityChoice()
    if known.failed_on is not None and known.failed_on >= on:
        return
    choice = EntityChoice(name="", failed_on=on)
    selection = builder.waiting("entity_selection", builder.rule_set.schedule.entity_selected_by(on), _SELECTION)
    again = " and make our offer again" if case.offer_on is not None else ""
    who = name or known.name or "the entity"
    joint = builder.rule_set.schedule.after("nsa.entity_joint", on)
    builder.change(
        stage="selection", entity=choice, entity_on=None, entity_assumed=False, payer_entity_on=None, offer_on=None,
        deadlines=(selection,),
        escalated=f"{who} cannot attest to be free of conflicts (filed on {began.isoformat()}): agree on another by "
        f"{joint.isoformat()}{again}; {_REVIEW}",
    )  # fmt: skip


def named(builder: DecisionBuilder, name: str) -> None:
    """Keep who the entity is, where its selection names it; a person is told if the table says it was not certified."""
    if not name or builder.case.stage not in IN_IDR:
        return
    known = builder.case.entity or EntityChoice()
    builder.change(entity=msgspec.structs.replace(known, name=name))
    on = builder.case.entity_on
    note = _not_certified(builder, name, on) if on is not None else ""
    if note:
        builder.change(escalated=f"the entity named is {name}{note}: look at the portal; {_REVIEW}")


def _not_certified(builder: DecisionBuilder, name: str, on: date) -> str:
    """What the table says against an entity on a day; empty where it says nothing of it, or that it is certified."""
    rows = builder.rule_set.rules.entities.get(name.casefold(), ())
    if not rows or in_force(rows, on) is not None:
        return ""
    return f", which is not certified on {on.isoformat()} by entities.csv"


def _to_notify(builder: DecisionBuilder, since: date) -> Deadline:
    return builder.ours(NOTIFY, builder.rule_set.schedule.after("nsa.entity_notice", since), _NOTICE)


def _began(builder: DecisionBuilder, on: date) -> date:
    """The day from which the choice is counted: the initiation, or the notice that the entity before had a conflict."""
    filing = FEDERAL_IDR.initiation(builder.case)
    if filing is None or builder.case.stage not in IN_IDR:
        raise IllegalTransition(f"entity: the case does not stand in IDR before its determination; {_JOINT}")
    choice = builder.case.entity
    began = choice.failed_on if choice is not None and choice.failed_on is not None else filing.filed_on
    if not began <= on <= builder.today:
        raise IllegalTransition(f"entity: its choice began on {began.isoformat()}, and this day cannot be; {_JOINT}")
    return began
