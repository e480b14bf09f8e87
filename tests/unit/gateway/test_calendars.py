"""Last days as a calendar, by the letter of RFC 5545, as programs are strict about it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from services.gateway.adapters.calendars import LastDay, calendar

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
DAY = LastDay(
    uid="6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11/0",
    on=date(2026, 4, 10),
    what="Answer the payer's offer: EXAMPLE PLAN, $450.00",
    why="the offer ends; 45 CFR 149.510(b)(1), or sooner",
    url="https://desk.example/desk/claim/6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11",
    changed=NOW,
)


def test_a_last_day_is_a_whole_day_with_a_reminder_on_the_day_before() -> None:
    lines = calendar("Last days", [DAY], now=NOW).decode().replace("\r\n ", "").split("\r\n")
    assert {"VERSION:2.0", "X-WR-CALNAME:Last days", f"UID:{DAY.uid}", "DTSTAMP:20260401T120000Z"} <= set(lines)
    assert {"DTSTART;VALUE=DATE:20260410", "DTEND;VALUE=DATE:20260411", "TRIGGER:-P1D"} <= set(lines)
    assert lines.count("BEGIN:VEVENT") == lines.count("BEGIN:VALARM") == 1


def test_text_is_escaped_and_lines_are_folded_as_the_format_asks() -> None:
    """RFC 5545: section 3.3.11, comma and semicolon after a backslash; section 3.1, lines of 75 octets, CRLF."""
    made = calendar("Last days", [DAY], now=NOW)
    assert b"45 CFR 149.510(b)(1)\\, or sooner" in made.replace(b"\r\n ", b"") and b"the offer ends\\;" in made
    assert max(len(line) for line in made.split(b"\r\n")) <= 75


def test_nothing_to_do_is_a_calendar_without_events() -> None:
    made = calendar("Last days", [], now=NOW)
    assert made.startswith(b"BEGIN:VCALENDAR\r\n") and b"VEVENT" not in made
