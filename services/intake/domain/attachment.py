"""What goes out as a 275 (005010X210): documents about one claim, as a payer asked for them or of our own accord."""

from __future__ import annotations

from collections.abc import Sequence

from recoup_x12.model import (
    AdditionalInformation,
    AnsweringDocument,
    Claim,
    Document,
    Party,
    Question,
    RecordsRequest,
    reference_of,
)

MAX_BYTES = 30 * 1024 * 1024
"""Most bytes of documents in one 275: what clearinghouses and payers commonly take."""


class Unfit(ValueError):
    """The documents do not make a 275; says why and how to fix it, without patient data."""

    def __init__(self, reason: str, how_to_fix: str) -> None:
        super().__init__(reason)
        self.how_to_fix = how_to_fix


def in_answer(request: RecordsRequest, key: str, documents: Sequence[Document]) -> AdditionalInformation:
    """The answer to a 277: payer, provider, patient and numbers are returned as the payer sent them (X210 1.4)."""
    sender_qualifier, sender, receiver_qualifier, receiver, group_sender, group_receiver, usage = request.reply_to
    return AdditionalInformation(
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


def unasked(claim: Claim, key: str, documents: Sequence[Document]) -> AdditionalInformation:
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
    return AdditionalInformation(
        False,
        key,
        key,
        claim.payer,
        claim.submitter if claim.submitter.id else claim.billing,
        claim.billing,
        who,
        claim.control_number,
        tuple(AnsweringDocument(document) for document in documents),
        ("ZZ", submitter, "ZZ", receiver, submitter, receiver, "P"),
        address=claim.billing.address,
        bill_type=claim.bill_type,
        medical_record=reference_of(claim.references, "EA"),
        clearinghouse_number=reference_of(claim.references, "D9"),
        served_from=claim.service_from,
        served_to=claim.service_to,
    )


def _paired(questions: Sequence[Question], documents: Sequence[Document]) -> list[AnsweringDocument]:
    """Each document with the questions it answers: those of its code, else the only one there is."""
    answers: list[AnsweringDocument] = []
    for document in documents:
        mine = [q for q in questions if q.code == document.asked] if document.asked else list(questions)
        if document.asked and not mine:
            raise Unfit("a document answers a question that the payer did not ask", "Name a code of the request.")
        if not document.asked and len({q.code for q in mine}) > 1:
            raise Unfit(
                "the payer asked several questions, and a document does not say which it answers",
                "Name with each document the code of its question.",
            )
        answers += [AnsweringDocument(document, question) for question in mine]
    return answers
