"""What a 275 (005010X210) carries: documents about one claim, as a payer asked for them or unasked."""

from __future__ import annotations

from datetime import date

from recoup_x12.core.party import Party
from recoup_x12.core.segments import Address, Value
from recoup_x12.sets.request277.model import Question


class Document(Value, frozen=True):
    """One PDF. `asked` is the code of the question that it answers, "" where there is one only, or none."""

    content: bytes
    asked: str = ""


class AnsweringDocument(Value, frozen=True):
    """One LX loop: a document, and the question it answers."""

    document: Document
    question: Question | None = None


class AdditionalInformation(Value, frozen=True):
    """One 275. `trace` is TRN02: the payer's where it asked, else our attachment control number.

    `route` is sender and receiver of the interchange, each as qualifier and ID, GS02, GS03 and ISA15.
    """

    solicited: bool
    reference: str
    trace: str
    payer: Party
    submitter: Party
    provider: Party
    patient: Party
    control_number: str
    answers: tuple[AnsweringDocument, ...]
    route: tuple[str, ...]
    address: Address | None = None
    bill_type: str = ""
    medical_record: str = ""
    clearinghouse_number: str = ""
    served_from: date | None = None
    served_to: date | None = None
