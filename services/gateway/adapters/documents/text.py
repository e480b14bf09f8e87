"""A patient's letter as plain text, for mail and for readers that have nothing else."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from services.gateway.domain.patient.estimate_letter import EstimateLetter
from services.gateway.domain.patient.letter import Letter, Section

_WIDTH = 76


def letter_text(letter: Letter, recipient: Iterable[str] = ()) -> str:
    """The whole letter, at most 76 characters a line."""
    lines = [*(one for one in (letter.sender, *recipient) if one), f"{letter.date.label}: {letter.date.value}", ""]
    lines += [letter.title.upper(), "", *_wrap(letter.not_a_bill), "", letter.amount.label.upper()]
    lines += [letter.amount.value, "", *_wrap(" ".join(letter.amount_sentences)), ""]
    lines += [letter.facts.heading.upper(), *(f"{row.label}: {row.value}" for row in letter.rows), ""]
    for section in (letter.next, letter.rights, letter.help):
        lines += _section(section)
    lines += [letter.notice_title.upper(), ""]
    for section in letter.notice:
        lines += _section(section)
    if letter.online:
        # the address stands alone on its line, whole, so that it can be copied
        lines += [letter.online.heading.upper(), letter.online.url, *_wrap(letter.online.ends), ""]
    return "\n".join([*lines, *_wrap(letter.language_help), letter.other_language, ""])


def estimate_text(letter: EstimateLetter) -> str:
    """The whole estimate, at most 76 characters a line of its own words."""
    lines = [letter.title.upper(), "", *_wrap(letter.intro), "", *(f"{r.label}: {r.value}" for r in letter.rows), ""]
    lines += [f"{letter.total.label}: {letter.total.value}", ""]
    for provider in letter.providers:
        lines += [provider.name, *provider.details]
        for item in provider.items:
            values = (item.what, item.code, item.diagnoses, item.quantity, item.charge)
            lines += ["", *(f"  {head}: {value}" for head, value in zip(letter.heads, values, strict=True))]
        lines += ["", f"{provider.total.label}: {provider.total.value}", ""]
    for section in letter.sections:
        lines += _section(section)
    return "\n".join(lines)


def _section(section: Section) -> list[str]:
    lines = [section.heading.upper()]
    for paragraph in section.paragraphs:
        lines += _wrap(paragraph)
    for point in section.points:
        lines += textwrap.wrap(point, _WIDTH, initial_indent="- ", subsequent_indent="  ")
    return [*lines, ""]


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_on_hyphens=False)
