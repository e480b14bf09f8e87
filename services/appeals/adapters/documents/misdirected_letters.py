"""The letters about money that the plan sent to somebody else: to whoever has it, and to the plan.

The words are those of `misdirected.toml`. A letter names no patient, no diagnosis and no procedure, asks only for what
the plan sent, and says what of it is not known yet.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Literal

import msgspec

from services.appeals.adapters.documents.figures import long
from services.appeals.adapters.documents.plain_letters import BLANK, PlainLetter, Written, compose
from services.appeals.adapters.documents.words import LetterError
from services.appeals.adapters.rules import TEMPLATES
from services.appeals.domain.case import AppealCase

Which = Literal["holder", "payer"]
Language = Literal["en", "es"]
_FIELDS = frozenset(
    ("provider", "plan", "amount", "service", "account", "plan_claim", "remittance_on", "pay_to", "recipient")
)
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
_CLOSING = {"en": "Sincerely,", "es": "Atentamente,"}
_PROTECTED = ("emergency", "facility", "air_ambulance")


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subject: str
    paragraphs: tuple[str, ...]
    recipient_patient: str
    recipient_employer: str
    recipient_attorney: str
    assigned: str = ""
    unassigned: str = ""
    protected: str = ""


Words = Mapping[str, Mapping[str, _Words]]


def load_words(directory: Path) -> Words:
    """The words of a directory, or those shipped where it has none; raises `LetterError` if they cannot be used."""
    path = directory / "misdirected.toml"
    path = path if path.exists() else TEMPLATES / path.name
    try:
        words = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), dict[str, dict[str, _Words]])
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise LetterError(f"{path.name}: {error}") from None
    for which, languages in (("holder", ("en", "es")), ("payer", ("en",))):
        for language in languages:
            found = words.get(which, {}).get(language)
            if found is None:
                raise LetterError(f"{path.name}: [{which}.{language}] is missing")
            _check(path.name, f"{which}.{language}", found)
    return words


def _check(file: str, place: str, words: _Words) -> None:
    for text in (words.subject, *words.paragraphs, words.assigned, words.unassigned, words.protected):
        unknown = {name for _, name, _, _ in Formatter().parse(text) if name is not None} - _FIELDS
        if unknown:
            raise LetterError(f"{file}, [{place}]: no field is named {{{min(unknown)}}}; {', '.join(sorted(_FIELDS))}")


def misdirected_letter(
    words: Words, case: AppealCase, which: Which, language: Language, provider: Mapping[str, str],
    payer: Mapping[str, str], on: date,
) -> PlainLetter:  # fmt: skip
    """The letter of a day; raises `LookupError` where no money of the claim is with somebody else.

    The plan is written to in English.
    """
    item = case.misdirected
    if item is None or not item.open:
        raise LookupError("no money of the claim is with somebody else")
    spoken: Language = language if which == "holder" else "en"
    phrases = words[which][spoken]
    address = provider.get("address", "")
    to_name, to_address = (payer.get("name") or case.facts.payer_name, payer.get("claims_address", ""))
    facts = {
        "provider": provider.get("name", ""),
        "plan": case.facts.payer_name,
        "amount": f"{item.outstanding:,.2f}",
        "service": _span(case.facts.service_from, case.facts.service_to, spoken),
        "account": case.claim_id,
        "plan_claim": item.payer_claim_number,
        "remittance_on": _day(item.reported_on, spoken),
        "pay_to": ", ".join(part for part in (provider.get("name", ""), address.replace("\n", ", ")) if part),
        "recipient": getattr(phrases, f"recipient_{item.to}"),
    }
    missing = tuple(
        name
        for name, value in (
            ("profile.provider.name", facts["provider"]), ("profile.provider.address", address),
            ("profile.payer.claims_address", to_address if which == "payer" else "not needed"),
            ("remittance.payer_claim_number", item.payer_claim_number if which == "payer" else "not needed"),
        )
        if not value
    )  # fmt: skip
    shown = {name: value or BLANK for name, value in facts.items()}
    paragraphs = [text.format(**shown) for text in (*phrases.paragraphs, *_about_the_law(case, which, phrases))]
    addressee = {"name": to_name, "to": to_address} if which == "payer" else {"name": "", "to": ""}
    subject, day = phrases.subject.format(**shown), _day(on, spoken)
    parts = Written(
        kind=f"misdirected_{which}", addressee=addressee, day=day, subject=subject, paragraphs=paragraphs,
        closing=_CLOSING[spoken],
    )  # fmt: skip
    return compose(case, provider, parts, missing)


def _about_the_law(case: AppealCase, which: Which, words: _Words) -> tuple[str, ...]:
    """What the plan is told of the assignment, and of the Act where it is found to protect the services."""
    if which == "holder":
        return ()
    governing = case.governing
    federal = governing is not None and governing.law == "federal" and governing.scope in _PROTECTED
    return (words.assigned if case.facts.assignment else words.unassigned, *((words.protected,) if federal else ()))


def _day(day: date, language: Language) -> str:
    return long(day) if language == "en" else f"{day.day} de {_MONTHS[day.month - 1]} de {day.year}"


def _span(start: date, end: date, language: Language) -> str:
    joined = " to " if language == "en" else " al "
    return _day(start, language) if start == end else f"{_day(start, language)}{joined}{_day(end, language)}"
