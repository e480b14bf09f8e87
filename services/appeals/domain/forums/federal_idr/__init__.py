"""The federal IDR process, 45 CFR 149.510: initiation, selection of the entity, offers, determination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec
from msgspec import UNSET

from services.appeals.domain.case import AppealCase, Deadline, Filing
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.extensions import RULE as EXTENDED
from services.appeals.domain.extensions import last_day, rule_of
from services.appeals.domain.forums.federal_idr.initiation import Initiation
from services.appeals.domain.forums.federal_idr.steps import ASSUMED
from services.appeals.domain.forums.protocol import Example, Forum
from services.appeals.domain.idr_fees import fee_owed
from services.appeals.domain.schedule import Schedule
from services.appeals.domain.steps import ForumName
from services.appeals.domain.tables import NEGOTIATE, RemedyRow
from shared.decider import IllegalTransition
from shared.events.idr import IdrDetermined
from shared.events.payer import PayerIdrDetermination, Prevailing

_SELECTION = "45 CFR 149.510(c)(1)(iv)"
_OFFERS = "45 CFR 149.510(c)(4)(i)"


class FederalIdr(Initiation):
    """After open negotiation: the entity chooses one of two offers."""

    def leaves_for(self, case: AppealCase, target: Forum) -> bool:
        """Before it is initiated; after that it is refused."""
        if case.stage != "prepare":
            raise IllegalTransition("override: the federal process was initiated; 45 CFR 149.510(c)")
        return True

    def timer(self, item: Deadline) -> tuple[str, date] | None:
        """Claims that wait for others are initiated as the day begins."""
        return ("gather_due", item.due) if item.kind == "gather" else None

    def fire(self, builder: DecisionBuilder, item: Deadline, timer: str) -> bool:
        """The day has come on which claims are filed together."""
        if item.kind != "gather":
            return False
        builder.change(deadlines=tuple(d for d in builder.case.deadlines if d is not item))
        self.gathered(builder)
        return True

    def missed(self, builder: DecisionBuilder, item: Deadline) -> bool:
        """Our offer."""
        if item.kind != "offer":
            return False
        self.offer_missed(builder, item)
        return True

    def overdue(self, builder: DecisionBuilder, item: Deadline) -> bool:
        """The selection of the entity."""
        if item.kind != "entity_selection":
            return False
        if builder.case.stage == "selection":
            self.selection_overdue(builder, item)
        else:
            self.chase_selection(builder, item)
        return True

    def entity_selected(self, builder: DecisionBuilder, on: date) -> None:
        """The day on which the certified entity became final, as told: offers and fees are counted from it.

        It may be told late, again, or after a day was assumed for it. Where the last day for offers has passed by then,
        the day of our offer may still be told, so nothing is said to be missed.
        """
        self.check(builder, "select_entity")
        case = builder.case
        if case.entity_on == on and not case.entity_assumed and case.payer_entity_on is None:
            return  # told twice
        builder.change(payer_entity_on=None)
        offer, decision = self._counted_from(builder, on, assumed=False)
        if case.offer_on is not None:
            builder.change(stage="determination", deadlines=(decision,), escalated=_remarks(builder))
        elif builder.today > offer.due:
            builder.change(stage="determination", deadlines=(decision,), escalated=_no_offer(offer))
        else:
            builder.change(stage="offers", deadlines=(offer, decision), escalated="")
            before = case.deadline("offer")
            if case.stage != "selection" and (before is None or before.due != offer.due):
                builder.corrected(offer, before.due if before else None, f"the entity was selected on {on.isoformat()}")
            if self.by_itself(builder.rule_set):
                self.offer_submitted(builder, builder.today)

    def selected_by_payer_report(self, builder: DecisionBuilder, on: date) -> None:
        """The payer alone names the day: both versions are kept, and the earlier last day for our offer counts.

        It is as good as assumed: nothing is missed by it, and the portal's or the entity's word goes before it.
        """
        self.check(builder, "select_entity")
        case = builder.case
        if case.entity_on == on and not case.entity_assumed:
            return
        sure = case.entity_on if case.entity_on is not None and not case.entity_assumed else None
        first = min(on, case.entity_on or on)
        builder.change(payer_entity_on=on)
        if sure is None:
            offer, decision = self._counted_from(builder, first, assumed=True)
            if case.offer_on is not None:
                builder.change(stage="determination", deadlines=(decision,))
            else:
                builder.change(stage="offers", deadlines=(offer, decision))
            builder.change(escalated=_remarks(builder))
            return
        before = case.deadline("offer")
        if before is not None and first < sure:
            earlier = builder.ours("offer", min(builder.rule_set.schedule.offers_due(first), before.due), before.rule)
            kept = msgspec.structs.replace(earlier, last=before.until)
            builder.change(deadlines=tuple(kept if d is before else d for d in case.deadlines))
        builder.change(escalated=_remarks(builder))

    def selection_overdue(self, builder: DecisionBuilder, item: Deadline) -> None:
        """The last day on which the Departments select has passed, and nobody has told us when the entity became final.

        That day is assumed, so that people are reminded of their offer; what is counted from it takes no right away.
        """
        offer, decision = self._counted_from(builder, item.due, assumed=True)
        builder.change(stage="offers", deadlines=(offer, decision))
        if not self.by_itself(builder.rule_set):
            builder.notice("overdue", item, ASSUMED)
        elif builder.today > offer.due:  # an outage over the ten days: what was not sent is not said to be
            builder.change(stage="determination", deadlines=(decision,), escalated=_no_offer(offer))
        else:
            self.offer_submitted(builder, builder.today)

    def offer_submitted(self, builder: DecisionBuilder, on: date) -> None:
        """Our offer and the fees were with the entity on a day, which may be told later; late offers are refused."""
        self.check(builder, "submit_offer")
        case, schedule = builder.case, builder.rule_set.schedule
        filing = self.initiation(case)
        initiated = case.filings[-1].filed_on if filing is None else filing.filed_on
        if on < initiated:
            raise IllegalTransition(f"submit_offer: IDR was initiated on {initiated.isoformat()}; {_OFFERS}")
        if case.entity_on is not None and not case.entity_assumed:
            due = last_day(case.extensions, "offer", schedule.offers_due(case.entity_on))
            if on > due:
                raise IllegalTransition(f"submit_offer: offers were due on {due.isoformat()}; {_OFFERS}")
        decision = case.deadline("determination")
        if decision is None:  # nobody has told of a selection, and its last day is not over or long past
            selected_by = case.entity_on or schedule.entity_selected_by(initiated)
            decision = self._waiting_for_the_entity(builder, selected_by, assumed=True)
        builder.change(stage="determination", offer_on=on, deadlines=(decision,))
        builder.change(escalated=_remarks(builder))

    def offer_extended(self, builder: DecisionBuilder, until: date) -> None:
        """The entity takes our offer until a later day, also where its last day had passed."""
        case = builder.case
        if case.offer_on is not None:
            raise IllegalTransition(f"extend: our offer of {case.offer_on.isoformat()} is recorded; {_OFFERS}")
        assumed = case.entity_on is None or case.entity_assumed  # the day it counts from is nobody's word either way
        later = builder.ours("offer", until, f"{_OFFERS}; {EXTENDED}")
        rest = tuple(d for d in case.deadlines if d.kind != "offer")
        builder.change(
            stage="offers" if builder.today <= until else case.stage,
            deadlines=(msgspec.structs.replace(later, assumed=assumed), *rest),
            escalated="",
        )

    def offer_missed(self, builder: DecisionBuilder, item: Deadline) -> None:
        """The last day for offers passed and ours is not recorded.

        Counted from a day that was told: unless one was made, the entity takes the other party's. Counted from an
        assumed day it says nothing: the entity is asked after until its selection is told.
        """
        self.check(builder, "missed")
        if item.assumed:
            selection = builder.waiting("entity_selection", self._selection_due(builder), _SELECTION)
            builder.change(deadlines=(selection,))
            self.chase_selection(builder, selection)
            return
        builder.notice("missed", item)
        kept = tuple(d for d in builder.case.deadlines if d.kind == "determination")
        builder.change(stage="determination", deadlines=kept, escalated=_no_offer(item))

    def chase_selection(self, builder: DecisionBuilder, item: Deadline) -> None:
        """Nobody has told when the entity became final: a person looks at the portal, and again after some days."""
        builder.notice("overdue", msgspec.structs.replace(item, due=item.first_due), ASSUMED)
        again = builder.rule_set.schedule.after("nsa.selection_chase", max(builder.today, item.due))
        later = msgspec.structs.replace(item, due=again, notices=item.notices + 1, since=item.first_due)
        builder.change(
            deadlines=tuple(later if d is item else d for d in builder.case.deadlines),
            escalated=f"the selection of the entity was due on {item.first_due.isoformat()} and is not recorded: look "
            f"at the portal, record its day, and that of our offer if one was made; {item.rule}",
        )

    def _selection_due(self, builder: DecisionBuilder) -> date:
        filing = self.initiation(builder.case)
        assert filing is not None  # the step has one
        return builder.rule_set.schedule.entity_selected_by(filing.filed_on)

    def _counted_from(self, builder: DecisionBuilder, on: date, *, assumed: bool) -> tuple[Deadline, Deadline]:
        """The deadlines of our offer and of the determination, counted from the day the entity became final."""
        due = last_day(builder.case.extensions, "offer", builder.rule_set.schedule.offers_due(on))
        offer = builder.ours("offer", due, rule_of(builder.case.extensions, "offer", _OFFERS))
        builder.change(entity_on=on, entity_assumed=assumed)
        return msgspec.structs.replace(offer, assumed=assumed), self._waiting_for_the_entity(
            builder, on, assumed=assumed
        )

    def _waiting_for_the_entity(self, builder: DecisionBuilder, selected: date, *, assumed: bool) -> Deadline:
        due = builder.rule_set.schedule.determination_due(selected)
        return msgspec.structs.replace(
            builder.waiting("determination", due, "45 CFR 149.510(c)(4)(ii)"), assumed=assumed
        )

    def determined(self, builder: DecisionBuilder, answer: PayerIdrDetermination) -> None:
        """The entity chose an offer: binding, 42 USC 300gg-111(c)(5)(E).

        Its selection and our offer need not be recorded. That its day can be was checked.
        """
        case = builder.case
        schedule = builder.rule_set.schedule
        filing = self.initiation(case)
        assert filing is not None  # the step has one
        payment_due = schedule.award_payment_due(answer.determined_on)
        _, entity = self.fees_of(builder, filing)
        sides: tuple[Prevailing, ...] = tuple(line.prevailing for line in answer.lines or ()) or (answer.prevailing,)
        owed = answer.fees_owed if isinstance(answer.fees_owed, Decimal) else fee_owed(entity, sides)
        builder.emit(
            IdrDetermined(
                claim_id=case.claim_id,
                case_id=case.case_id,
                determined_on=answer.determined_on,
                prevailing=answer.prevailing,
                award=answer.award,
                fees_owed=owed,
                payment_due_on=payment_due,
                lines=answer.lines or UNSET,
                default_of=answer.default_of,
            )
        )
        done = msgspec.structs.replace(
            filing, prevailing=answer.prevailing, decided_on=answer.determined_on, awarded=answer.award,
            lines=answer.lines or (), default_of=answer.default_of or None,
        )  # fmt: skip
        builder.change(
            stage="agreement",
            filings=tuple(done if f is filing else f for f in case.filings),
            determined_on=answer.determined_on,
            cooling_off_until=schedule.cooling_off_until(answer.determined_on, _batched_from(case, filing)),
            deadlines=(builder.waiting("agreement", payment_due, "45 CFR 149.510(c)(4)(ix)"),),
        )

    def counted_from(self, case: AppealCase, item: Deadline, schedule: Schedule) -> str:
        """Of its window, and of what is counted from the selection of the entity."""
        if case.dispute is None:
            return ""
        if item.kind == "idr_window" or (item.kind == "file" and case.forum == self.name):
            began = case.negotiation_on or case.dispute.notice_on
            counted = schedule.counted("nsa.open_negotiation", began, "the notice")
            return f"{counted}, then its window; {schedule.reading()}"
        if item.kind == "entity_selection" and (filing := self.initiation(case)) is not None:
            return f"counted from the filing on {filing.filed_on.isoformat()}"
        if item.kind not in ("offer", "determination"):
            return ""
        if item.assumed:
            return (
                f"{ASSUMED}: {case.entity_on.isoformat() if case.entity_on else 'six business days after initiation'}"
            )
        if case.entity_on is not None:
            return f"counted from the final selection of the entity on {case.entity_on.isoformat()}"
        return ""

    def examples(
        self, denials: Mapping[ForumName, Sequence[RemedyRow]], specialties: Sequence[str]
    ) -> Sequence[Example]:
        """One claim, and a batch as large as one may be."""
        return [Example(remedy=NEGOTIATE), Example(remedy=NEGOTIATE, batch=25)]


def _batched_from(case: AppealCase, filing: Filing) -> date | None:
    """The day open negotiation began of a dispute of several lines; None of a single one."""
    several = filing.batch is not None or (case.dispute is not None and case.dispute.lines > 1)
    return case.negotiation_on if several else None


def _no_offer(offer: Deadline) -> str:
    return (
        f"no offer of ours is recorded by {offer.due.isoformat()}: record the day of ours; unless one was made in "
        f"time, the other party's will be chosen; {offer.rule}"
    )


def _remarks(builder: DecisionBuilder) -> str:
    """What a person should look at by the facts that are known, in whatever order they were told; empty where nothing.

    Of two tellings of the selection the later one goes before the earlier.
    """
    case = builder.case
    sure = None if case.entity_assumed else case.entity_on
    found: list[str] = []
    if case.payer_entity_on is not None:
        words = f"the payer says that the entity became final on {case.payer_entity_on.isoformat()}"
        if sure is None:
            found.append(f"{words}: look at the portal, and record its day")
        else:
            found.append(f"{words}, the portal said {sure.isoformat()}: find out, and record the right day")
    if case.offer_on is not None and sure is not None:
        found.append(_out_of_order(builder, case.offer_on, sure))
    return "; ".join(remark for remark in found if remark)


def _out_of_order(builder: DecisionBuilder, offered: date, selected: date) -> str:
    """What a person should look at where our offer does not fit the selection as told; empty where it fits."""
    due = last_day(builder.case.extensions, "offer", builder.rule_set.schedule.offers_due(selected))
    if selected <= offered <= due:
        return ""
    return (
        f"our offer of {offered.isoformat()} does not lie between the selection of {selected.isoformat()} and "
        f"{due.isoformat()}: see that the entity has it; {_OFFERS}"
    )


FEDERAL_IDR = FederalIdr()
