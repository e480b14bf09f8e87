"""A patient's letter as plain text, for mail and for readers that have nothing else."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from services.gateway.domain.patient.letter import Letter, Section

_WIDTH = 76


def letter_text(letter: Letter, recipient: Iterable[str] = ()) -> str:
    """The whole letter, at most 76 characters a line."""
    lines = [*(one for one in (letter.sender, *recipient) if one), f"{letter.date.label}: {letter.date.value}", ""]
    lines += [letter.title.upper(), "", *_wrap(letter.not_a_bill), "", letter.amount.label.upper()]
    lines += [letter.amount.value, "", *_wrap(" ".join(letter.amount_says)), ""]
    lines += [letter.facts.heading.upper(), *(f"{row.label}: {row.value}" for row in letter.rows), ""]
    for section in (letter.next, letter.rights, letter.help):
        lines += _section(section)
    lines += [letter.notice_title.upper(), ""]
    for section in letter.notice:
        lines += _section(section)
    return "\n".join([*lines, letter.other_language, ""])


def _section(section: Section) -> list[str]:
    lines = [section.heading.upper()]
    for paragraph in section.paragraphs:
        lines += _wrap(paragraph)
    for point in section.points:
        lines += textwrap.wrap(point, _WIDTH, initial_indent="- ", subsequent_indent="  ")
    return [*lines, ""]


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_on_hyphens=False)
