"""What people tell of a federal IDR dispute: each a pure rule that refuses what cannot be, naming the rule's source."""

from __future__ import annotations

from datetime import date

from services.appeals.domain import extension_effects, idr_outcomes
from services.appeals.domain.beside_commands import CaseCommands
from services.appeals.domain.case import AppealCase
from services.appeals.domain.extensions import Extension
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.registry import check_move
from services.appeals.domain.idr_outcomes import Closure
from services.appeals.domain.idr_tellings import Telling, fee_told
from shared.decider import Decision, IllegalTransition
from shared.events.payer import Reporter


class IdrCommands(CaseCommands):
    """Commands on one case about IDR."""

    def entity_selected(self, case: AppealCase, on: date, reported_by: Reporter = "portal") -> Decision[AppealCase]:
        """The certified IDR entity became final on a day, as somebody told us."""
        builder = self._builder(case)
        check_move(builder, "select_entity")
        if on > self._today:
            raise IllegalTransition("select_entity: the day of selection lies in the future; 45 CFR 149.510(c)(1)")
        filing = FEDERAL_IDR.initiation(case)
        if filing is not None and on < filing.filed_on:
            began = filing.filed_on.isoformat()
            raise IllegalTransition(f"select_entity: IDR was initiated on {began}; 45 CFR 149.510(c)(1)")
        if reported_by == "payer":
            FEDERAL_IDR.selected_as_the_payer_says(builder, on)
        else:
            FEDERAL_IDR.entity_selected(builder, on)
        return builder.decision()

    def offer_submitted(self, case: AppealCase, on: date | None = None) -> Decision[AppealCase]:
        """Our offer and the fees went to the entity on a day: today if not given."""
        if on is not None and on > self._today:
            raise IllegalTransition("submit_offer: the day of the offer lies in the future; 45 CFR 149.510(c)(4)(i)")
        builder = self._builder(case)
        check_move(builder, "submit_offer")
        FEDERAL_IDR.offer_submitted(builder, on or self._today)
        return builder.decision()

    def close_idr(self, case: AppealCase, closure: Closure) -> Decision[AppealCase]:
        """The IDR dispute was closed without a determination."""
        builder = self._builder(case)
        idr_outcomes.close(builder, closure)
        return builder.decision()

    def settlement_told(self, case: AppealCase, on: date) -> Decision[AppealCase]:
        """The Departments and the entity were told of an agreement that ended IDR."""
        builder = self._builder(case)
        idr_outcomes.settlement_told(builder, on)
        return builder.decision()

    def reopen_idr(self, case: AppealCase, on: date, reported_by: Reporter, due: date | None) -> Decision[AppealCase]:
        """A closed IDR dispute was opened again; its determination is due on a day, if that was told."""
        builder = self._builder(case)
        idr_outcomes.reopen(builder, on, reported_by, due)
        return builder.decision()

    def told(self, case: AppealCase, telling: Telling) -> Decision[AppealCase]:
        """What somebody tells of the dispute, whichever it is; a determination is an answer, and no act."""
        on, by = telling.on, telling.reported_by
        match telling.what:
            case "selected":
                return self.entity_selected(case, on, by)
            case "offered":
                return self.offer_submitted(case, on)
            case "reopened":
                return self.reopen_idr(case, on, by, telling.due_on)
            case "settlement_told":
                return self.settlement_told(case, on)
            case "closed":
                if telling.outcome is None:
                    raise IllegalTransition("close: say as what it was closed; 45 CFR 149.510(c)")
                return self.close_idr(case, Closure(
                    outcome=telling.outcome, closed_on=on, reported_by=by, ineligible_for=telling.ineligible_for,
                    fee_returned=telling.amount,
                ))  # fmt: skip
            case "determined":
                raise IllegalTransition("determined: a determination is recorded as the entity's answer")
            case _:
                builder = self._builder(case)
                fee_told(builder, telling)
                return builder.decision()

    def extend(self, case: AppealCase, extension: Extension) -> Decision[AppealCase]:
        """The Departments or the entity approved a later last day for a step of the federal process."""
        if not extension.reference.strip():
            raise IllegalTransition("extend: the reference of the approval is required; the portal asks for it")
        builder = self._builder(case)
        extension_effects.approve(builder, extension)
        return builder.decision()
