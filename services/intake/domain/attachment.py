"""What goes out as a 275 (005010X210): documents about one claim, as a payer asked for them or of our own accord."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.intake.domain.claim import Claim, reference_of
from services.intake.domain.party import Party
from services.intake.domain.records_request import Question, RecordsRequest
from services.intake.domain.segments import Address, Value

MAX_BYTES = 30 * 1024 * 1024
"""Most bytes of documents in one 275: what clearinghouses and payers commonly take."""


class Document(Value, frozen=True):
    """One PDF. `asked` is the code of the question that it answers, "" where there is one only, or none."""

    content: bytes
    asked: str = ""


class Answer(Value, frozen=True):
    """One LX loop: a document, and the question it answers."""

    document: Document
    question: Question | None = None


class Outgoing(Value, frozen=True):
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
    answers: tuple[Answer, ...]
    route: tuple[str, ...]
    address: Address | None = None
    bill_type: str = ""
    medical_record: str = ""
    clearinghouse_number: str = ""
    served_from: date | None = None
    served_to: date | None = None


class Unfit(ValueError):
    """The documents do not make a 275; says why and how to mend it, without patient data."""

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.mend = mend


def in_answer(request: RecordsRequest, key: str, documents: Sequence[Document]) -> Outgoing:
    """The answer to a 277: payer, provider, patient and numbers are returned as the payer sent them (X210 1.4)."""
    sender_qualifier, sender, receiver_qualifier, receiver, group_sender, group_receiver, usage = request.reply_to
    return Outgoing(
        True,
        key,
        request.trace_number,
        request.payer,
        request.receiver,
        request.provider,
        request.patient,
        request.control_number,
        tuple(_paired(request.questions, documents)),
        (receiver_qualifier, receiver, sender_qualifier, sender, group_receiver, group_sender, usage),
        bill_type=request.bill_type,
        medical_record=request.medical_record,
        clearinghouse_number=request.clearinghouse_number,
        served_from=request.served_from,
        served_to=request.served_to,
    )


def unasked(claim: Claim, key: str, documents: Sequence[Document]) -> Outgoing:
    """Documents sent of our own accord, with an appeal for instance: everything is as the claim had it."""
    if not claim.payer.id or not claim.who.name:
        raise Unfit("the claim names no payer's number or no patient", "Send the papers by another channel.")
    submitter, receiver = claim.submitter.id or claim.billing.id, claim.receiver.id or claim.payer.id
    who = claim.who
    if not who.id and claim.subscriber.id:
        who = Party(
            "QC", "1", who.name, who.first_name, who.middle_name, "", who.suffix, claim.subscriber.id_qualifier,
            claim.subscriber.id,
        )  # fmt: skip
    return Outgoing(
        False,
        key,
        key,
        claim.payer,
        claim.submitter if claim.submitter.id else claim.billing,
        claim.billing,
        who,
        claim.control_number,
        tuple(Answer(document) for document in documents),
        ("ZZ", submitter, "ZZ", receiver, submitter, receiver, "P"),
        address=claim.billing.address,
        bill_type=claim.bill_type,
        medical_record=reference_of(claim.references, "EA"),
        clearinghouse_number=reference_of(claim.references, "D9"),
        served_from=claim.service_from,
        served_to=claim.service_to,
    )


def _paired(questions: Sequence[Question], documents: Sequence[Document]) -> list[Answer]:
    """Each document with the questions it answers: those of its code, else the only one there is."""
    answers: list[Answer] = []
    for document in documents:
        mine = [q for q in questions if q.code == document.asked] if document.asked else list(questions)
        if document.asked and not mine:
            raise Unfit("a document answers a question that the payer did not ask", "Name a code of the request.")
        if not document.asked and len({q.code for q in mine}) > 1:
            raise Unfit(
                "the payer asked several questions, and a document does not say which it answers",
                "Name with each document the code of its question.",
            )
        answers += [Answer(document, question) for question in mine]
    return answers
