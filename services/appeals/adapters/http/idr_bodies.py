"""Request bodies of what is told of IDR line by line, of its fees, and in files."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET
from pydantic import Field, model_validator

from services.appeals.adapters.http.bodies import Body, Dollars, Reason, Reported, Short, now_called
from services.appeals.application.idr_acts import ActRow
from services.appeals.domain.duty import DutyKind
from services.appeals.domain.idr_reports import IdrReport, What
from shared.events.idr import IdrFeeKind, IdrOutcome, IneligibleFor
from shared.events.payer import LineAward, PayerIdrDetermination, Prevailing, Reporter
from shared.limits import CLAIMS_AT_ONCE


class LineDetermined(Body):
    """What the IDR entity determined of one line: whose offer, and the allowed amount."""

    line: Annotated[int, Field(ge=1, le=999)]
    prevailing: Prevailing
    award: Dollars


class IdrAnswer(Reported):
    """An IDR entity's determination; one that the payer alone tells against us is kept for a person.

    `lines` where it chose line by line: `award` is their sum, `prevailing` the side with more of them. `default_of`:
    the side that made no offer or paid no fee. `fees_owed`: what of the entity's fee we bear, where that was told.
    """

    case_id: Short
    prevailing: Prevailing
    award: Dollars
    determined_on: date
    reported_by: Reporter = "entity"
    lines: Annotated[tuple[LineDetermined, ...], Field(max_length=999)] = ()
    default_of: Prevailing | None = None
    fees_owed: Dollars | None = None

    def event(self, claim_id: str) -> PayerIdrDetermination:
        """The determination as it is heard; raises `ValueError` where it contradicts itself."""
        fields = self.model_dump(exclude={"lines", "default_of", "fees_owed"})
        return PayerIdrDetermination(
            claim_id=claim_id,
            **fields,
            lines=tuple(LineAward(**line.model_dump()) for line in self.lines) or UNSET,
            default_of=self.default_of or UNSET,
            fees_owed=UNSET if self.fees_owed is None else self.fees_owed,
        )

    @model_validator(mode="after")
    def _as_one(self) -> IdrAnswer:
        self.event("")
        return self


class IdrReportRow(Reported):
    """What is told of one dispute, or of all that were filed under the portal's number (`dispute`).

    `amount` is the award, the fee, or what of the entity's fee came back; of several claims it is the whole filing's,
    and shared out among them. `lines` where a determination differs line by line.
    """

    what: Annotated[What, now_called(settlement_told="settlement_reported")]
    on: date
    claim_id: UUID | None = None
    case_id: Annotated[str, Field(max_length=120)] = ""
    dispute: Annotated[str, Field(max_length=120)] = ""
    reported_by: Reporter = "portal"
    amount: Dollars | None = None
    entity: Annotated[str, Field(max_length=120)] = ""
    prevailing: Prevailing | None = None
    default_of: Prevailing | None = None
    fees_owed: Dollars | None = None
    lines: Annotated[tuple[LineDetermined, ...], Field(max_length=999)] = ()
    outcome: IdrOutcome | None = None
    ineligible_for: IneligibleFor = ""
    due_on: date | None = None
    fee: IdrFeeKind = "entity"
    reference: Annotated[str, Field(max_length=120)] = ""
    duty: DutyKind | Literal[""] = ""

    @model_validator(mode="after")
    def _of_something(self) -> IdrReportRow:
        if self.claim_id is None and not self.dispute:
            raise ValueError("name a claim_id, or the dispute's number as the portal gave it")
        return self

    def row(self) -> ActRow:
        """The row as the use case takes it."""
        fields = self.model_dump(exclude={"claim_id", "case_id", "dispute", "lines"})
        lines = tuple(LineAward(**line.model_dump()) for line in self.lines)
        claim_id = str(self.claim_id) if self.claim_id else ""
        return ActRow(
            report=IdrReport(**fields, lines=lines), claim_id=claim_id, case_id=self.case_id, dispute=self.dispute
        )


class IdrReports(Body):
    """What is told of many disputes, in its order; with `preview` it is said what it would change, and nothing kept."""

    rows: Annotated[tuple[IdrReportRow, ...], Field(min_length=1, max_length=CLAIMS_AT_ONCE)]
    reason: Reason
    preview: bool = False
