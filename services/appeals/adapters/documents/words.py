"""The words of the letters: `letters.toml`, checked, and the paragraphs a filing takes from it.

Staff choose the words; which of them a letter gets follows from the filing: for each place the most specific key that
the file has, as the file's head says.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any, cast, get_args

import msgspec

from services.appeals.adapters.documents.figures import long
from services.appeals.adapters.documents.support import ARGUED_BY_RATES, RECORDS, Grade, Support, standing
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.remedies import NOWHERE
from services.appeals.domain.tables import NEGOTIATE, Remedy
from shared.events.claims import RemittanceFacts
from shared.forums import awards

GRADES: tuple[Grade, ...] = get_args(Grade)
_BLANK = "________"
_CLAIM_FIELDS = frozenset(("payer_claim_number", "payer_name", "answer_due_on"))
_DISPUTE_FIELDS = _CLAIM_FIELDS | {
    "standing", "compared", "level", "notice_on", "allowed", "amount_sought", "carc", "cause", "state_law",
    "state_body", "previous", "enclosed",
}  # fmt: skip
_DEBT_FIELDS = _CLAIM_FIELDS | {
    "basis", "settled_on", "owed", "outstanding", "payment_due_on", "award_reference", "payment_law",
}  # fmt: skip
_MAY_BE_EMPTY = frozenset(("enclosed", "payment_law"))
_PREVIOUS_FIELDS = frozenset(("filed_on", "decided_on", "due_on"))
_DEBTS = tuple(forum for forum in FORUMS.values() if forum.papers.about == "debt")
_DEBT_KEYS = tuple(key for forum in _DEBTS for key in (forum.name, *forum.traits.filed_remedies))
_REMEDIES = {*get_args(Remedy), *(remedy for forum in FORUMS.values() for remedy in forum.traits.filed_remedies)}


_WITHOUT_LETTER = {NEGOTIATE, *NOWHERE, "payment_counsel"}
"""Remedies that no letter argues: there is a form, nothing to file, or a person writes."""


class LetterError(ValueError):
    """Words that cannot be used: the file, the place, and what is wrong with it."""


class Letters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of `letters.toml`."""

    without_specialty: frozenset[str]
    subject: dict[str, str]
    opening: dict[str, str]
    argument: dict[str, str]
    specialty: dict[str, str]
    record: dict[str, str]
    closing: dict[str, str]
    previous: dict[str, str]
    labels: dict[str, str]
    basis: dict[str, str]
    standing: dict[str, str]
    patient: dict[str, str]
    payment_law: dict[str, str] = {}
    enclosed: dict[str, dict[str, str]] = {}


class LetterContext(msgspec.Struct, frozen=True):
    """What a letter may say beside the case's facts: how far rates support it, which kinds of papers are attached."""

    support: Support
    attached: frozenset[str]


def load_letters(directory: Path) -> Letters:
    """The words of a directory; raises `LetterError`."""
    path = directory / "letters.toml"
    try:
        words = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Letters)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise LetterError(f"{path.name}: {error}") from None
    for place, problem in _problems(words):
        raise LetterError(f"{path.name}, {place}: {problem}")
    return words


def _problems(words: Letters) -> Iterator[tuple[str, str]]:
    for section, table in msgspec.structs.asdict(words).items():
        if section == "enclosed":
            yield from _enclosed_problems(words)
        if not isinstance(table, dict) or section == "enclosed":
            continue
        for key, text in cast("dict[str, str]", table).items():
            place = f"[{section}] {key}"
            unknown = sorted(_names(text, place) - _allowed(section, key))
            if unknown:
                yield place, f"no field is named {{{unknown[0]}}}; fields: {', '.join(sorted(_allowed(section, key)))}"
            if section in ("subject", "opening", "closing", "argument") and not _is_key(section, key):
                yield place, "no filing looks for this key; see the head of the file"
    for place in _absent(words):
        yield place, "is missing"
    for remedy in sorted(words.without_specialty - _REMEDIES):
        yield "without_specialty", f"there is no remedy {remedy}"


def _enclosed_problems(words: Letters) -> Iterator[tuple[str, str]]:
    """A sentence that no argument has a place for would never be said."""
    for key, kinds in words.enclosed.items():
        place = f"[enclosed.{key}]"
        remedy = next((r for r in sorted(_REMEDIES) if key in (r, *(f"{forum}_{r}" for forum in FORUMS))), "")
        if not remedy:
            yield place, "no filing looks for this key; see the head of the file"
        elif not any("{enclosed}" in text for name, text in words.argument.items() if remedy in name):
            yield place, f"no argument for {remedy} has the field {{enclosed}}"
        for kind, text in kinds.items():
            unknown = sorted(_names(text, place) - _allowed("patient", kind))
            if unknown:
                yield f"{place} {kind}", f"no field is named {{{unknown[0]}}} here"


def _names(text: str, place: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise LetterError(f"letters.toml, {place}: {error}; a brace that stands for itself is written twice") from None


def _allowed(section: str, key: str) -> frozenset[str]:
    if section == "previous":
        return _PREVIOUS_FIELDS
    if section in ("labels", "basis", "standing", "patient", "payment_law"):
        return frozenset()
    return _DEBT_FIELDS if key.startswith(_DEBT_KEYS) else frozenset(_DISPUTE_FIELDS)


def _is_key(section: str, key: str) -> bool:
    if section == "argument":
        key = re.sub("_(above|unsupported)$", "", key)
    if section == "argument" and key in _REMEDIES:
        return True
    for forum in FORUMS:
        rest = key.removeprefix(forum)
        if rest != key and (not rest or rest[1:] in _REMEDIES or re.fullmatch("_[1-9]", rest)):
            return section != "argument" or rest[1:] in _REMEDIES
    return False


def _absent(words: Letters) -> Iterator[str]:
    """Places that some filing cannot do without."""
    for remedy in sorted(_REMEDIES - _WITHOUT_LETTER):
        if remedy not in words.argument:
            yield f"[argument] {remedy}"
    for remedy in ARGUED_BY_RATES:
        yield from (f"[argument] {key}" for g in GRADES[1:] if (key := f"{remedy}_{g}") not in words.argument)
    for section, keys in (
        ("record", ("general",)), ("previous", ("none",)), ("basis", ("unknown",)),
        ("standing", ("representative", "assignment", "provider")), ("patient", ("asked_nothing",)),
    ):  # fmt: skip
        for key in keys:
            if key not in getattr(words, section):
                yield f"[{section}] {key}"
    for name, forum in FORUMS.items():
        if forum.papers.has_letter and name not in words.subject:
            yield f"[subject] {name}"


def of_dispute(case: AppealCase, filing: Filing, rule_set: RuleSet, letters: Letters, payer_name: str,
               paid: RemittanceFacts | None, missing: list[str], context: LetterContext) -> dict[str, Any]:  # fmt: skip
    """Subject and paragraphs of an appeal, a review, a state request or a corrected claim's letter."""
    dispute, cause = case.dispute, case.cause
    assert dispute is not None and cause is not None
    state = rule_set.rules.state(case.facts.state, case.facts.service_from)
    forum, remedy = filing.forum, filing.remedy
    fields = {
        "level": str(filing.level),
        "payer_claim_number": paid.payer_claim_number if paid else "",
        "payer_name": payer_name,
        "notice_on": long(dispute.notice_on),
        "answer_due_on": long(filing.due_on),
        "allowed": f"{dispute.allowed:,.2f}",
        "amount_sought": f"{filing.sought:,.2f}",
        "carc": cause.carc,
        "cause": cause.cause,
        "state_law": state.law if state else "",
        "state_body": state.body if state else "",
        "previous": _previous(case, filing, letters),
        "standing": letters.standing[standing(case, context.attached)],
        "enclosed": _enclosed(letters, forum, remedy, context.attached),
        "compared": f"{context.support.lines} of {context.support.of} lines",
    }
    keys = _keys(filing)
    speaks = FORUMS[forum].papers.names_specialty and remedy not in letters.without_specialty
    special = (f"{dispute.specialty}_{remedy}", dispute.specialty, "general") if speaks else ()
    texts = (
        _first(letters.opening, keys),
        _first(letters.argument, (*_graded(forum, remedy, context.support.grade), "payment_appeal")),
        _first(letters.specialty, special),
        _first(letters.record, special) if context.attached & RECORDS else "",
        _first(letters.closing, keys),
        letters.patient["asked_nothing"] if "patient_account" in context.attached else "",
    )
    return {
        "subject": _fill(_first(letters.subject, keys), fields, missing),
        "paragraphs": [_fill(text, fields, missing) for text in texts if text],
    }


def of_debt(case: AppealCase, filing: Filing, rule_set: RuleSet, letters: Letters, payer_name: str,
            paid: RemittanceFacts | None, missing: list[str]) -> dict[str, Any]:  # fmt: skip
    """A demand or a complaint. What had not come is what the filing named: the sum may have changed since."""
    owed = case.owed
    assert owed is not None
    fields = {
        "basis": letters.basis.get(owed.basis or "unknown", letters.basis["unknown"]),
        "settled_on": long(owed.settled_on) if owed.settled_on else "",
        "owed": f"{owed.amount:,.2f}",
        "outstanding": f"{filing.sought:,.2f}",
        "payment_due_on": long(owed.due_on),
        "answer_due_on": long(filing.due_on),
        "payer_name": payer_name,
        "payer_claim_number": paid.payer_claim_number if paid else "",
        "award_reference": award_reference(case),
        "payment_law": letters.payment_law.get(owed.basis or "unknown", ""),
    }
    keys = _keys(filing)
    texts = (_first(letters.opening, keys), letters.argument[filing.remedy], _first(letters.closing, keys))
    return {
        "subject": _fill(_first(letters.subject, keys), fields, missing),
        "paragraphs": [_fill(text, fields, missing) for text in texts if text],
    }


def award_reference(case: AppealCase) -> str:
    """The number of the IDR dispute, as the portal gave it; empty where the debt does not come from one."""
    if case.owed is None or case.owed.basis != "idr_award":
        return ""
    return next((f.reference for f in reversed(case.filings) if awards(f.forum)), "")


def _keys(filing: Filing) -> tuple[str, ...]:
    return f"{filing.forum}_{filing.remedy}", f"{filing.forum}_{filing.level}", filing.forum


def _graded(forum: str, remedy: str, grade: Grade) -> tuple[str, ...]:
    """Where an argument looks for its words: of the forum first, and never for more than the evidence bears."""
    if remedy not in ARGUED_BY_RATES or grade == "supported":
        return f"{forum}_{remedy}", remedy
    return f"{forum}_{remedy}_{grade}", f"{remedy}_{grade}"


def _first(table: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((table[key] for key in keys if key in table), "")


def _enclosed(letters: Letters, forum: str, remedy: str, attached: frozenset[str]) -> str:
    """What may be said of the enclosures of an argument: a sentence for each kind that is there."""
    phrases = letters.enclosed.get(f"{forum}_{remedy}") or letters.enclosed.get(remedy, {})
    return " ".join(text for kind, text in phrases.items() if kind in attached)


def _previous(case: AppealCase, filing: Filing, letters: Letters) -> str:
    """What became of the appeal before this one, as it was known on the day of filing."""
    earlier = [f for f in case.filings if f.number < filing.number and FORUMS[f.forum].traits.internal_appeal]
    if not earlier:
        return letters.previous["none"]
    last = earlier[-1]
    known = last.decided_on is not None and last.decided_on <= filing.filed_on
    key = last.outcome if known and last.outcome else "unanswered"
    fields = {
        "filed_on": long(last.filed_on),
        "decided_on": long(last.decided_on) if last.decided_on else "",
        "due_on": long(last.due_on),
    }
    return letters.previous.get(key, letters.previous["none"]).format_map(fields)


def _fill(text: str, fields: Mapping[str, str], missing: list[str]) -> str:
    names = {name for _, name, _, _ in Formatter().parse(text) if name}
    for name in sorted(names):
        if not fields.get(name) and name not in _MAY_BE_EMPTY and f"letter.{name}" not in missing:
            missing.append(f"letter.{name}")
    filled = text.format_map({n: fields.get(n) or ("" if n in _MAY_BE_EMPTY else _BLANK) for n in names})
    return " ".join(filled.split())
