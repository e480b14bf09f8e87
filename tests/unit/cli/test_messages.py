"""E-mails of portal, entities and payers are read for dispute number, days and amounts, and a person confirms them."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from recoup.cli import idr
from recoup.cli.idr_file import COLUMNS, WHAT
from recoup.cli.messages import read_message, read_messages
from recoup.cli.sheets import read_rows

COMMANDS = idr._idr  # pyright: ignore[reportPrivateUsage]
PORTAL, ENTITY, PAYER = "auto@idr.cms.hhs.gov", "IDR Desk <idr@review.example>", "disputes@plan.example"


def mail(
    subject: str, body: str, *, sender: str = PORTAL, day: str = "Tue, 01 Dec 2026 18:05:00 -0500", html: str = ""
) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["To"] = sender, subject, "billing@practice.example"
    if day:
        message["Date"] = day
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


# subject and body, the row that is proposed, and what a person completes
DISPUTE = "DISP-123456"
CASES: dict[str, tuple[bytes, dict[str, str], str]] = {
    "selected": (
        mail("DISP-123456", "The certified IDR entity has been selected for your dispute."),
        {"what": "selected", "on": "2026-12-01", "dispute": DISPUTE, "reported_by": "portal"}, "",
    ),
    "offer asked for": (
        mail("Dispute number: 7654321", "Submit your offer and fees by 12/15/2026.", sender=ENTITY),
        {"what": "selected", "on": "2026-12-01", "dispute": "7654321", "reported_by": "entity"}, "",
    ),
    "selected earlier than it is told": (
        mail("DISP-123456", "The certified IDR entity was selected on 11/27/2026. Your offer is due by 12/15/2026."),
        {"what": "selected", "on": "2026-11-27", "dispute": DISPUTE, "reported_by": "portal"}, "",
    ),
    "determined on another day": (
        mail("DISP-123456", "The entity made a payment determination on November 30, 2026, of $900.", sender=ENTITY),
        {"what": "determined", "on": "2026-11-30", "dispute": DISPUTE, "reported_by": "entity", "amount": "900.00"},
        "complete: who prevailed, and the award",
    ),
    "a day of something else": (
        mail("DISP-123456", "Initiated on 11/02/2026.\n\nThe certified IDR entity has been selected."),
        {"what": "selected", "on": "", "dispute": DISPUTE, "reported_by": "portal"},
        "complete: the day, since it names several or another",
    ),
    "two days of what happened": (
        mail("DISP-123456", "The dispute was closed on 11/27/2026 and found not eligible on 11/30/2026."),
        {"what": "closed", "on": "", "dispute": DISPUTE, "reported_by": "portal"},
        "complete: the outcome; complete: the day, since it names several or another",
    ),
    "information": (
        mail("DISP-123456", "Additional information is requested, no later than December 9, 2026.", sender=ENTITY),
        {"what": "information_asked", "on": "2026-12-01", "dispute": DISPUTE, "reported_by": "entity",
         "due_on": "2026-12-09"},
        "complete: a name for the request",
    ),
    "two days for information": (
        mail("DISP-123456", "Additional information is required by 12/09/2026, at the latest by 2026-12-11."),
        {"what": "information_asked", "on": "2026-12-01", "dispute": DISPUTE, "reported_by": "portal"},
        "complete: a name for the request",
    ),
    "determined": (
        mail("Written decision in DISP-123456", "The payment determination is $1,250.50.", sender=ENTITY),
        {"what": "determined", "on": "2026-12-01", "dispute": DISPUTE, "reported_by": "entity", "amount": "1250.50"},
        "complete: who prevailed, and the award",
    ),
    "two amounts": (
        mail("Written decision in DISP-123456", "Offers of $1,250.50 and $300 were made.", sender=ENTITY),
        {"what": "determined", "on": "2026-12-01", "dispute": DISPUTE, "reported_by": "entity"},
        "complete: who prevailed, and the award",
    ),
    "ineligible": (
        mail("DISP-123456", "Your dispute was found not eligible."),
        {"what": "closed", "on": "2026-12-01", "dispute": DISPUTE, "reported_by": "portal"}, "complete: the outcome",
    ),
    "invoice": (
        mail("Invoice", "DISP-123456: please pay $435.00.", sender=ENTITY),
        {"what": "invoiced", "on": "2026-12-01", "dispute": DISPUTE, "reported_by": "entity", "amount": "435.00"},
        "complete: the invoice's number",
    ),
    "conflict": (
        mail("DISP-123456", "We have a conflict of interest and cannot attest.", sender=ENTITY),
        {"what": "entity_conflict", "on": "2026-12-01", "dispute": DISPUTE, "reported_by": "entity"}, "",
    ),
    "objection": (
        mail("DISP-123456", "The plan objects to the entity."),
        {"what": "entity_objected", "on": "2026-12-01", "dispute": DISPUTE, "reported_by": "portal"},
        "complete: the alternative",
    ),
    "a payer's word": (
        mail("DISP-123456", "The dispute has been closed, as it is ineligible.", sender=PAYER),
        {"what": "closed", "on": "2026-12-01", "dispute": DISPUTE, "reported_by": "payer"}, "complete: the outcome",
    ),
    "a name like CMS's": (
        mail("DISP-123456", "The dispute was closed.", sender="x@notcms.gov"),
        {"what": "closed", "on": "2026-12-01", "dispute": DISPUTE, "reported_by": "payer"}, "complete: the outcome",
    ),
    "only HTML": (
        mail("DISP-123456", " ", html="<style>p{}</style><p>The certified IDR entity was <b>assigned</b>.</p>"),
        {}, "tells nothing that is known",
    ),
    "no number": (mail("Your dispute", "The certified IDR entity was selected."), {}, "no dispute number"),
    "two numbers": (
        mail("DISP-123456 and DISP-123457", "The certified IDR entity was selected."), {}, "2 dispute numbers",
    ),
    "nothing known": (mail("DISP-123456", "Thank you for your message."), {}, "tells nothing that is known"),
    "two things": (
        mail("DISP-123456", "The certified IDR entity was selected. Your invoice follows."), {},
        "tells several things: invoiced, selected",
    ),
    "a quoted reply": (
        mail("DISP-123456", "Thank you.\n> The dispute was closed as ineligible."), {}, "tells nothing that is known",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_a_message_tells_is_proposed_and_no_more(name: str) -> None:
    content, row, doubt = CASES[name]
    message = read_message("m.eml", content)
    assert message.row(("review.example",)) == row and message.doubt == doubt


def test_html_is_read_where_there_is_no_plain_text() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = PORTAL, "DISP-123456"
    message.set_content(
        "<p>The certified IDR entity&nbsp;was <b>final</b>.</p><script>invoice</script>", subtype="html"
    )
    assert read_message("m.eml", message.as_bytes()).kinds == ("selected",)


def test_days_and_amounts_are_those_that_can_be() -> None:
    body = "Due by 02/30/2026 or 2/28/2026, on March 1, 2026; $1,00 and $12.345 are none, $7 and $1,234.00 are."
    message = read_message("m.eml", mail("DISP-123456", body))
    assert message.days == (date(2026, 2, 28), date(2026, 3, 1)) and message.due[0] == date(2026, 2, 28)
    assert set(message.amounts) >= {Decimal("7"), Decimal("1234.00")} and Decimal("12.345") not in message.amounts


def test_a_message_without_its_day_leaves_it_to_a_person() -> None:
    message = read_message("m.eml", mail("DISP-123456", "The dispute was closed.", day=""))
    assert message.sent_on is None and message.row()["on"] == ""


@given(st.binary(max_size=400))
def test_whatever_is_no_message_is_refused_and_nothing_breaks(content: bytes) -> None:
    try:
        read_message("m.eml", content)
    except ValueError as error:
        assert "save the message as .eml" in str(error)


@given(st.text(max_size=300))
def test_whatever_a_message_says_is_read(text: str) -> None:
    clean = "".join(c for c in text if c.isprintable() or c == "\n")
    message = read_message("m.eml", mail("DISP-123456", clean))
    assert message.row() == {} or message.row()["what"] in WHAT


def test_the_command_writes_rows_that_record_reads_and_shows_no_other_text(tmp_path: Path) -> None:
    for name, (content, _, _) in CASES.items():
        (tmp_path / f"{name.replace(' ', '_')}.eml").write_bytes(content)
    rows = tmp_path / "rows.csv"
    came = CliRunner().invoke(COMMANDS, ["messages", str(tmp_path), "--rows", str(rows), "--entity", "review.example"])
    assert came.exit_code == 1, "some propose nothing"
    told = [json.loads(line) for line in came.output.splitlines() if line.startswith("{")]
    assert len(told) == len(CASES) and "billing@practice.example" not in came.output
    assert "Thank you" not in came.output
    proposed = list(csv.DictReader(rows.open(encoding="utf-8")))
    assert len(proposed) == sum(bool(row) for _, row, _ in CASES.values())
    assert {row["what"] for row in proposed} <= set(WHAT)
    assert len(list(read_rows(rows, ("what", "on"), COLUMNS))) == len(proposed)


@pytest.mark.parametrize("content", [b"", b"not a message", b"\x89PNG\r\n"])
def test_a_file_that_is_no_message_ends_with_how_to_fix_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.eml").write_bytes(content)
    with pytest.raises(ValueError, match=r"m\.eml: no e-mail"):
        read_messages([tmp_path])
    came = CliRunner().invoke(COMMANDS, ["messages", str(tmp_path), "--rows", str(tmp_path / "r.csv")])
    assert came.exit_code != 0 and not (tmp_path / "r.csv").exists()
