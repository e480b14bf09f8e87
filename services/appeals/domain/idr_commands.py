"""What people tell of a federal IDR dispute: each a pure rule that refuses what cannot be, naming the rule's source."""

from __future__ import annotations

from datetime import date
from typing import Literal

from services.appeals.domain import extension_effects, idr_entity, idr_information, idr_outcomes, payer_duties
from services.appeals.domain.beside_commands import CaseCommands
from services.appeals.domain.case import AppealCase
from services.appeals.domain.duty import DUTIES, DutyKind
from services.appeals.domain.extensions import Extension
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.registry import check_move
from services.appeals.domain.idr_outcomes import Closure
from services.appeals.domain.idr_reports import IdrReport, on_fee_reported
from shared.decider import Decision, IllegalTransition
from shared.events.payer import Reporter


class IdrCommands(CaseCommands):
    """Commands on one case about IDR."""

    def entity_selected(
        self, case: AppealCase, on: date, reported_by: Reporter = "portal", entity: str = ""
    ) -> Decision[AppealCase]:
        """The certified IDR entity became final on a day, as somebody told us, and who it is where they did."""
        builder = self._builder(case)
        check_move(builder, "select_entity")
        if on > self._today:
            raise IllegalTransition("select_entity: the day of selection lies in the future; 45 CFR 149.510(c)(1)")
        filing = FEDERAL_IDR.initiation(case)
        if filing is not None and on < filing.filed_on:
            began = filing.filed_on.isoformat()
            raise IllegalTransition(f"select_entity: IDR was initiated on {began}; 45 CFR 149.510(c)(1)")
        if reported_by == "payer":
            FEDERAL_IDR.selected_by_payer_report(builder, on)
        else:
            FEDERAL_IDR.entity_selected(builder, on)
            idr_entity.named(builder, entity)
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

    def report_settlement(self, case: AppealCase, on: date) -> Decision[AppealCase]:
        """The Departments and the entity were told of an agreement that ended IDR."""
        builder = self._builder(case)
        idr_outcomes.report_settlement(builder, on)
        return builder.decision()

    def reopen_idr(self, case: AppealCase, on: date, reported_by: Reporter, due: date | None) -> Decision[AppealCase]:
        """A closed IDR dispute was opened again; its determination is due on a day, if that was told."""
        builder = self._builder(case)
        idr_outcomes.reopen(builder, on, reported_by, due)
        return builder.decision()

    def report(self, case: AppealCase, report: IdrReport) -> Decision[AppealCase]:
        """What somebody tells of the dispute, whichever it is; a determination is an answer, and no act."""
        on, by = report.on, report.reported_by
        match report.what:
            case "selected":
                return self.entity_selected(case, on, by, report.entity)
            case (
                "entity_objected" | "entity_agreed" | "entity_refused" | "entity_notified" | "entity_conflict"
                | "information_asked" | "information_sent"
            ):  # fmt: skip
                return self.report_beside(case, report)
            case "duty_complained" | "duty_asked" | "duty_closed":
                return self._duty_reported(case, report)
            case "offered":
                return self.offer_submitted(case, on)
            case "reopened":
                return self.reopen_idr(case, on, by, report.due_on)
            case "settlement_reported":
                return self.report_settlement(case, on)
            case "closed":
                if report.outcome is None:
                    raise IllegalTransition("close: say as what it was closed; 45 CFR 149.510(c)")
                return self.close_idr(case, Closure(
                    outcome=report.outcome, closed_on=on, reported_by=by, ineligible_for=report.ineligible_for,
                    fee_returned=report.amount,
                ))  # fmt: skip
            case "determined":
                raise IllegalTransition("determined: a determination is recorded as the entity's answer")
            case _:
                builder = self._builder(case)
                on_fee_reported(builder, report)
                return builder.decision()

    def report_beside(self, case: AppealCase, report: IdrReport) -> Decision[AppealCase]:
        """How the entity is chosen, and what it asks for: beside the steps of IDR."""
        builder, on = self._builder(case), report.on
        match report.what:
            case "entity_objected":
                idr_entity.objected(builder, on, report.entity)
            case "entity_agreed" | "entity_refused":
                idr_entity.answered(builder, on, agreed=report.what == "entity_agreed")
            case "entity_notified":
                idr_entity.notified(builder, on)
            case "entity_conflict":
                idr_entity.conflicted(builder, on, report.entity)
            case "information_asked":
                idr_information.asked(builder, report.reference, on, report.due_on)
            case _:
                idr_information.sent(builder, report.reference, on)
        return builder.decision()

    def _duty_reported(self, case: AppealCase, report: IdrReport) -> Decision[AppealCase]:
        """What was done about a duty of the payer's, told in a file: the row names the duty, and number or reason."""
        if not report.duty:
            raise IllegalTransition(f"{report.what}: name the duty; one of {', '.join(DUTIES)}")
        if not report.reference.strip():
            raise IllegalTransition(f"{report.what}: the number, or of what is closed the reason, is required")
        what: dict[str, Literal["complained", "asked", "closed"]] = {
            "duty_complained": "complained", "duty_asked": "asked",
        }  # fmt: skip
        return self.payer_duty(case, report.duty, what.get(report.what, "closed"), report.on, report.reference)

    def payer_duty(
        self, case: AppealCase, kind: DutyKind, what: Literal["complained", "asked", "closed"], on: date, why: str
    ) -> Decision[AppealCase]:
        """A person complained of a duty of the payer's under a number, asked for it, or has nothing left to do.

        `why` is the number or reference, or of what is closed the reason.
        """
        builder = self._builder(case)
        if what == "complained":
            payer_duties.complained(builder, kind, on, why)
        elif what == "closed":
            payer_duties.close(builder, kind, on, why)
        elif kind == "qpa_information":
            payer_duties.ask_about_qpa(builder, on, why)
        else:
            raise IllegalTransition(f"duty: only the information about a QPA is asked for; {DUTIES[kind][1]}")
        return builder.decision()

    def extend(self, case: AppealCase, extension: Extension) -> Decision[AppealCase]:
        """The Departments or the entity approved a later last day for a step of the federal process."""
        if not extension.reference.strip():
            raise IllegalTransition("extend: the reference of the approval is required; the portal asks for it")
        builder = self._builder(case)
        extension_effects.approve(builder, extension)
        return builder.decision()
