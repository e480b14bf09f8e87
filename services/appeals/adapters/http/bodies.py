"""Request bodies of the worklist's routes. Amounts are dollars; reasons are kept in the journal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, NaiveDatetime, model_validator

from services.appeals.domain.duty import DutyKind
from services.appeals.domain.steps import ForumName
from shared.events.idr import IdrOutcome, IneligibleFor
from shared.events.payer import Reporter
from shared.forums import HANDED_OVER_IN
from shared.limits import CLAIMS_AT_ONCE

PlanKind = Literal["erisa", "governmental", "church", "individual", "short_term", "excepted", "health_sharing"]
Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Reason = Annotated[str, Field(min_length=3, max_length=500, description="why; kept in the journal; no patient data")]
Short = Annotated[str, Field(min_length=1, max_length=120)]


def with_present_name(given: Any, present: str, former: str) -> Any:
    """Return a body in which a renamed member stands under its present name, also where only the former was sent."""
    if not isinstance(given, dict):
        return given
    fields = cast(dict[str, Any], given)
    if fields.get(former) is None or present in fields:
        return fields
    return {**fields, present: fields[former]}


def now_called(**former: str) -> BeforeValidator:
    """Return what reads a value under its former words as the present one, for one version."""
    return BeforeValidator(lambda given: former.get(given, given) if isinstance(given, str) else given)


class Body(BaseModel):
    """A request body; a field that it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class Reported(Body):
    """A fact of an IDR dispute with who reported it (`reported_by`)."""

    told_by: Annotated[
        Reporter | None, Field(exclude=True, deprecated=True, description="former name of `reported_by`")
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _under_its_former_name(cls, given: Any) -> Any:
        return with_present_name(given, "reported_by", "told_by")


class Assignment(Body):
    """Gives the case to a person; an empty name takes it back."""

    assignee: Annotated[str, Field(max_length=120)]


class Note(Body):
    """A note to the case."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]


class FoundPlan(Body):
    """What staff found out of the plan: funding, kind, sponsor, the state (USPS) of its issue, who administers it."""

    funding: Literal["self_funded", "insured"] | None = None
    kind: PlanKind | None = None
    sponsor: Annotated[str, Field(max_length=120)] = ""
    state: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = ""
    administrator: Annotated[str, Field(max_length=120)] = ""


class ConsentDocument(Body):
    """A notice and consent: its times, at the place of service, its form, languages, and the part of who signed it."""

    made_at: Annotated[NaiveDatetime, Field(description="when the appointment was made")]
    noticed_at: Annotated[NaiveDatetime, Field(description="when the notice was given")]
    served_at: Annotated[NaiveDatetime, Field(description="when the service began")]
    signed_at: NaiveDatetime | None = None
    signed_by: Literal["patient", "representative", "other"] = "patient"
    standard_form: bool = True
    copy_given: bool = True
    languages: Annotated[tuple[Annotated[str, Field(pattern="^[a-z]{2,3}$")], ...], Field(max_length=5)] = ("en",)
    understood: Annotated[str, Field(pattern="^[a-z]{2,3}$")] = "en"


class FoundFacts(Body):
    """What staff found out; leave out what is not known.

    `same_plan`: whether the plan (the issuer, where it is insured) is that of the determinations whose cooling-off
    periods run: of all so far, or of that of `determined_on`. `appeal_anyway`: a denial that calls for something else
    first, as billing another payer, is appealed all the same.
    """

    assignment_of_benefits: bool | None = None
    consent: bool | None = None
    network_facility: bool | None = None
    appeal_anyway: bool | None = None
    same_plan: bool | None = None
    determined_on: date | None = None
    plan: FoundPlan | None = None
    consent_record: ConsentDocument | None = None
    reason: Reason


class LawOverride(Body):
    """A person's decision on the governing law."""

    law: Literal["federal", "state", "commercial"]
    reason: Reason


class FilingAttested(Body):
    """The filing was sent on a day, under a reference of the portal, carrier or recipient.

    `no_conflict`: for IDR, that the proposed entity has no conflict of interest. `unready_reason` sends a package with
    missing facts on a person's responsibility. `cooling_off_reason`: why IDR could be initiated inside a cooling-off
    period. `given_up`: it is the filing in this forum that was said to be missed, after which the case went on.
    """

    sent_on: date
    reference: Short
    no_conflict: bool = False
    unready_reason: str = ""
    cooling_off_reason: Annotated[str, Field(max_length=500)] = ""
    given_up: ForumName | None = None


class Confirmation(Body):
    """The number that a portal gave to a filing."""

    reference: Short


class NoticeCorrected(Body):
    """The payment or denial was received on another day."""

    received_on: date
    reason: Reason


class EntitySelected(Reported):
    """The certified IDR entity is final. What the payer alone says is kept beside, and ends nothing."""

    selected_on: date
    entity: Short
    reported_by: Reporter = "portal"


class OfferSubmitted(Body):
    """The day our offer and the fees were with the entity: today if not given."""

    submitted_on: date | None = None


class StepOfState(Body):
    """A step of a state's process that was taken, or what its body did (`asked`, `referred`), with its day.

    `step` is one of `state_steps` of the case, or what one of them is counted from.
    """

    step: str = Field(min_length=1, max_length=30)
    on: date
    reference: str = Field(default="", max_length=200)


class MisdirectedMoney(Body):
    """What was done about money that the plan sent to somebody else, on a day.

    `asked`: whoever has it was written to; `payer_notified`: so was the plan; `received`: `amount` dollars of it came;
    `given_up`, with the reason. `payer_told` is the former word for `payer_notified`.
    """

    what: Annotated[Literal["asked", "payer_notified", "received", "given_up"], now_called(payer_told="payer_notified")]
    on: date
    amount: Decimal | None = Field(default=None, gt=0, decimal_places=2)
    reason: str = Field(default="", max_length=500)


class Extended(Body):
    """A later last day that was approved for a step of the federal process: by whom and how is the reference.

    Of the step to begin open negotiation, to initiate IDR, to select the entity, or to offer (with the fees).
    """

    step: Literal["negotiation", "initiation", "selection", "offer", "information"]
    until: date
    approved_on: date
    reference: Short
    reason: Reason


class IdrClosure(Reported):
    """The IDR dispute was closed without a determination, as somebody told.

    `fee_returned`: how much of the entity's fee came back, where that was told. What the payer alone tells moves
    nothing.
    """

    outcome: IdrOutcome
    closed_on: date
    reported_by: Reporter = "entity"
    ineligible_for: IneligibleFor = ""
    fee_returned: Dollars | None = None
    reason: Reason


class PayerDuty(Body):
    """What was done about a duty of the payer's: a complaint, a request for information on the QPA, or its end.

    `reference` is the complaint's or the request's number, or why nothing is left to do.
    """

    kind: DutyKind
    what: Literal["complained", "asked", "closed"]
    on: date
    reference: Short


class SettlementNotice(Body):
    """The Departments and the IDR entity were notified of a settlement, on a day and under the portal's reference."""

    reported_on: date
    told_on: Annotated[
        date | None, Field(exclude=True, deprecated=True, description="former name of `reported_on`")
    ] = None
    reference: Short

    @model_validator(mode="before")
    @classmethod
    def _under_its_former_name(cls, given: Any) -> Any:
        return with_present_name(given, "reported_on", "told_on")


class IdrReopening(Reported):
    """A closed IDR dispute was opened again; `determination_due_on` where it was told."""

    reopened_on: date
    reported_by: Reporter = "entity"
    determination_due_on: date | None = None
    reason: Reason


class FurtherLines(Body):
    """Lines that the filed case does not cover: appealed on a day and under a reference; without them, why not.

    Where they were appealed before: what the plan decided.
    """

    filed_on: date | None = None
    reference: Annotated[str, Field(max_length=120)] = ""
    reason: Reason


class Withdrawn(Body):
    """Gives the pursuit up."""

    reason: Reason


class BatchFiling(Body):
    """Claims that were initiated as one dispute on a day, under the federal portal's reference.

    `case_ids` name the disputes of claims that have several, as the plan does; two disputes of one claim may be filed
    together. `cooling_off_reason`: why they could be, inside a cooling-off period.
    """

    claim_ids: Annotated[list[UUID], Field(min_length=1, max_length=100)]
    case_ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)] = []
    filed_on: date
    reference: Short
    cooling_off_reason: Annotated[str, Field(max_length=500)] = ""


class Attachment(Body):
    """A document, by reference; with `content` it is kept here too, sealed, and can be sent by X12."""

    reference: Annotated[str, Field(min_length=1, max_length=300)]
    kind: Annotated[str, Field(pattern="^[a-z_]{2,40}$", description="e.g. medical_records; a need of remedies.csv")]
    title: Short
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    content: Annotated[str, Field(max_length=28_000_000, description="the PDF, base64; at most 20 MiB")] = ""


class RecordSent(Body):
    """An attachment that answers a payer's request; `asked` is the code of its question, where it asks several."""

    reference: Annotated[str, Field(min_length=1, max_length=300)]
    asked: Annotated[str, Field(pattern="^[0-9A-Za-z-]{0,30}$")] = ""


class RecordsAnswer(Body):
    """What a payer asked for goes out: by the service, or already sent by hand on a day and under a reference."""

    request_id: UUID
    documents: Annotated[list[RecordSent], Field(min_length=1, max_length=50)]
    sent_on: date | None = None
    reference: Annotated[str, Field(max_length=120)] = ""


class AppealAnswer(Body):
    """A decision on an appeal level that came outside the event log."""

    case_id: Short
    level: Annotated[int, Field(ge=0, le=9)]
    outcome: Literal["overturned", "partially_overturned", "upheld", "dismissed"]
    decided_on: date
    awarded: Dollars | None = None
    reason: Annotated[str, Field(max_length=500)] = ""


class HeldAnswer(Body):
    """An answer that was held (`held_answers` of the case): `take` it, where the case allows it, or set it aside."""

    key: Short
    take: bool = False
    reason: Reason


class ReceiptRow(Body):
    """The day on which a claim's payment or denial was received."""

    claim_id: UUID
    received_on: date


class ReceiptRows(Body):
    """Days of receipt of several claims; with `preview` it is said what they would change, and nothing is kept."""

    rows: Annotated[list[ReceiptRow], Field(min_length=1, max_length=CLAIMS_AT_ONCE)]
    reason: Reason
    preview: bool = False


def _checked_forum(forum: ForumName) -> ForumName:
    if forum not in HANDED_OVER_IN:
        raise ValueError(f"one of {', '.join(HANDED_OVER_IN)}")
    return forum


ForumTaken = Annotated[
    ForumName, AfterValidator(_checked_forum), Field(json_schema_extra={"enum": list(HANDED_OVER_IN)})
]
"""A forum that a case may stand in when another system hands it over."""


class HandedOverRow(Body):
    """What another system left open of a claim: filed on a day under a reference, or to be filed by `due`.

    Where it was filed, `due` is the day its answer is due. `negotiation_on` is the day of the notice of open
    negotiation before federal IDR. `offer` is the payer's last, an allowed amount; `fees` are those paid so far.
    """

    claim_id: UUID
    forum: ForumTaken
    level: Annotated[int, Field(ge=1, le=2)] = 1
    filed_on: date | None = None
    reference: Annotated[str, Field(max_length=120)] = ""
    due: date | None = None
    negotiation_on: date | None = None
    offer: Dollars | None = None
    fees: Dollars | None = None
    plan: Annotated[str, Field(max_length=120, description="the plan's sponsor")] = ""
    funding: Literal["", "self_funded", "insured"] = ""


class HandedOverRows(Body):
    """What is open of several claims; with `preview` it is said where each would stand, and nothing is kept."""

    rows: Annotated[list[HandedOverRow], Field(min_length=1, max_length=CLAIMS_AT_ONCE)]
    reason: Reason
    preview: bool = False


ProfileKind = Literal["provider", "payer", "entity", "authority"]


class Profile(Body):
    """What a document needs to know of a provider, payer, IDR entity or state authority: name and value pairs."""

    facts: dict[Annotated[str, Field(pattern="^[a-z_]{1,40}$")], Annotated[str, Field(max_length=500)]]
    reason: Reason
