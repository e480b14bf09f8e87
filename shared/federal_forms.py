"""Forms of the federal process with their answers, and duties that a payer did not keep, as routes answer with them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from shared.api.declared import Responses, answers, sends
from shared.api.refusals import Refusal

EXCEL_MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""
_Day = date | None


class FilledField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a form."""

    field: Annotated[str, Meta(description="what the form calls it")]
    answer: Annotated[str, Meta(description="its answer; empty where it is not known here")]
    required: Annotated[bool, Meta(description="the form cannot be sent without it")]


class FilledForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form: its fields, and of one that asks about lines a table of them."""

    fields: Annotated[tuple[FilledField, ...], Meta(description="what is asked once, in the form's order")]
    columns: Annotated[tuple[str, ...], Meta(description="what is asked of each line; empty where nothing is")] = ()
    required_columns: Annotated[tuple[str, ...], Meta(description="columns that may not be empty")] = ()
    rows: Annotated[tuple[tuple[str, ...], ...], Meta(description="the lines' answers, in the order of columns")] = ()


class FormToSend(msgspec.Struct, frozen=True, kw_only=True):
    """A form with its answers, and what a person types into it."""

    form: Annotated[FilledForm, Meta(description="the form with its answers")]
    by_hand: Annotated[tuple[str, ...], Meta(description="required fields without an answer: a person types them")] = ()


class UnkeptDuty(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a payer owed by the No Surprises Act beside the amount, and did not do."""

    kind: Annotated[str, Meta(description="late_initial_payment, qpa_not_disclosed, qpa_information, …")]
    found_on: Annotated[date, Meta(description="day on which it was found")]
    act_by: Annotated[date, Meta(description="our own day to act on it")]
    due_on: Annotated[_Day, Meta(description="last day on which the payer kept it; null where it has none")] = None
    done_on: Annotated[_Day, Meta(description="day on which the payer did it")] = None
    amount: Annotated[Decimal | None, Meta(description="dollars that came late, or were moved to the patient")] = None
    interest: Annotated[Decimal | None, Meta(description="dollars that a state's law may add")] = None
    lines: Annotated[tuple[int, ...], Meta(description="lines that it is about")] = ()
    asked_on: Annotated[_Day, Meta(description="day on which we asked for it")] = None
    complained_on: Annotated[_Day, Meta(description="day of our complaint")] = None
    reference: Annotated[str, Meta(description="number of the complaint or request")] = ""
    closed: Annotated[str, Meta(description="why nothing is left to do")] = ""


class DutyShown(msgspec.Struct, frozen=True, kw_only=True):
    """A duty, and the form of a complaint about it."""

    duty: Annotated[UnkeptDuty, Meta(description="what was not done")]
    open: Annotated[bool, Meta(description="something is left to do about it")]
    form: Annotated[FilledForm | None, Meta(description="the complaint; null while nothing is in dispute")] = None
    by_hand: Annotated[tuple[str, ...], Meta(description="required fields without an answer")] = ()


class DutiesShown(msgspec.Struct, frozen=True, kw_only=True):
    """Duties that the payer did not keep, each with its complaint."""

    duties: Annotated[tuple[DutyShown, ...], Meta(description="in the order in which they were found")]


class OpenComplaint(msgspec.Struct, frozen=True, kw_only=True):
    """A duty that the payer of a claim did not keep and that nobody has complained of, with the complaint."""

    claim_id: Annotated[str, Meta(description="the claim")]
    case_id: Annotated[str, Meta(description="the dispute, where the claim has several; else empty")] = ""
    duty: Annotated[UnkeptDuty, Meta(description="what was not done")]
    form: Annotated[FilledForm, Meta(description="the complaint with its answers")]
    by_hand: Annotated[tuple[str, ...], Meta(description="required fields without an answer")] = ()


class OpenComplaints(msgspec.Struct, frozen=True, kw_only=True):
    """Complaints that are to be made, the one with our earliest day first."""

    complaints: Annotated[tuple[OpenComplaint, ...], Meta(description="by our own day to act, then by claim")]
    left_out: Annotated[int, Meta(description="how many more there are: record what became of these, and ask again")]


def complaints_answers(refused: Iterable[Refusal] = ()) -> Responses:
    """Declare that a route answers with open complaints, as data or as a file for a spreadsheet."""
    return _or_file(OpenComplaints, refused)


def form_answers(refused: Iterable[Refusal]) -> Responses:
    """Declare that a route answers with a form, as data or as a file for a spreadsheet."""
    return _or_file(FormToSend, refused)


def _or_file(struct: type[msgspec.Struct], refused: Iterable[Refusal]) -> Responses:
    found = answers(struct, refused=refused)
    found[200]["content"] |= sends("text/csv", EXCEL_MEDIA, description="")[200]["content"]
    return found
