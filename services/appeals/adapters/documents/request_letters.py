"""Letters by which the plan is asked for something outside a filing: about its QPAs, and to talks that a state wants.

The words are those of `requests.toml`. A letter names no patient, no charge and no diagnosis.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Literal, get_args

import msgspec

from services.appeals.adapters.documents.content import Sources
from services.appeals.adapters.documents.figures import long, service_code, span
from services.appeals.adapters.documents.plain_letters import BLANK, PlainLetter, Written, compose
from services.appeals.adapters.documents.words import LetterError
from services.appeals.adapters.rules import TEMPLATES
from services.appeals.domain.case import AppealCase
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.forums.state_process.ladder import steps_of

Request = Literal["qpa_information", "state_talks"]
_FIELDS = frozenset(
    ("provider", "plan", "claim", "service", "lines", "by", "contact", "rule", "state", "asks", "sought", "lacking",
     "undisclosed")
)  # fmt: skip


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subject: str
    paragraphs: tuple[str, ...]
    undisclosed: str = ""


RequestWords = Mapping[Request, _Words]


def load_requests(directory: Path) -> RequestWords:
    """The words of a directory, or those shipped where it has none; raises `LetterError` if they cannot be used."""
    path = directory / "requests.toml"
    path = path if path.exists() else TEMPLATES / path.name
    try:
        words = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), dict[Request, _Words])
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise LetterError(f"{path.name}: {error}") from None
    for which in get_args(Request):
        if which not in words:
            raise LetterError(f"{path.name}: [{which}] is missing")
        for text in (words[which].subject, *words[which].paragraphs, words[which].undisclosed):
            if unknown := _fields(text) - _FIELDS:
                raise LetterError(f"{path.name}, [{which}]: no field is named {{{min(unknown)}}}")
    return words


def request_letter(
    words: RequestWords, case: AppealCase, which: Request, rule_set: RuleSet, sources: Sources, on: date
) -> PlainLetter:
    """The letter of a day.

    Raises:
        LookupError: nothing is in dispute, federal law does not govern (QPA), or the state asks for no talks.
    """
    if case.dispute is None:
        raise LookupError("nothing is in dispute")
    own = _about_qpa(case, rule_set, sources, on) if which == "qpa_information" else _about_talks(case, rule_set)
    paid, claim, provider = sources.evidence.remittance, sources.evidence.claim, sources.provider
    reach = [provider.get(key, "") for key in ("signatory", "phone", "email")]
    address = sources.payer.get("notice_address") or sources.payer.get("notice_email", "")
    facts = own | {
        "provider": provider.get("name", ""),
        "plan": sources.payer.get("name") or case.facts.payer_name,
        "claim": paid.payer_claim_number if paid else "",
        "service": span(claim.service_from, claim.service_to),
        "lines": "; ".join(f"line {n.line}, {service_code(n.code, n.modifiers)}" for n in sources.evidence.lines),
        "contact": ", ".join(part for part in reach if part),
        "sought": f"{case.dispute.target:,.2f}",
    }
    phrases = words[which]
    facts["undisclosed"] = phrases.undisclosed.format(**facts) if facts.get("lacking") else ""
    known = {
        "profile.provider.name": facts["provider"], "profile.provider.address": provider.get("address", ""),
        "profile.provider.email": facts["contact"], "profile.payer.notice_address": address,
        "remittance.payer_claim_number": facts["claim"],
    }  # fmt: skip
    optional = frozenset(("undisclosed", "asks"))
    shown = {name: value or ("" if name in optional else BLANK) for name, value in facts.items()}
    paragraphs = [text.format(**shown) for text in phrases.paragraphs]
    parts = Written(
        kind=which, addressee={"name": facts["plan"], "to": address}, day=long(on),
        subject=phrases.subject.format(**shown), paragraphs=[text for text in paragraphs if text],
    )  # fmt: skip
    return compose(case, provider, parts, tuple(name for name, value in known.items() if not value))


def _about_qpa(case: AppealCase, rule_set: RuleSet, sources: Sources, on: date) -> dict[str, str]:
    """The day of our own clock, and the lines whose QPA did not come with the payment."""
    if case.governing is None or case.governing.law != "federal":
        raise LookupError("a QPA is disclosed where federal law governs (45 CFR 149.30), which is not found here")
    paid = sources.evidence.remittance
    lacking = [str(line.line) for line in paid.lines if line.qpa is None] if paid else []
    by = rule_set.schedule.after("duty.qpa_information", on)
    return {"by": long(by), "lacking": ", ".join(lacking)}


def _about_talks(case: AppealCase, rule_set: RuleSet) -> dict[str, str]:
    """The state's step by which the plan is asked, and what that must say."""
    facts, rules = case.facts, rule_set.rules
    steps = steps_of(rules, facts.state, facts.service_from, institutional=facts.institutional)
    ask = next((step for step in steps if step.step == "ask"), None)
    row = rules.state(facts.state, facts.service_from)
    if ask is None or row is None:
        raise LookupError("the state's process has no step by which the plan is asked (state_steps.csv)")
    return {"state": row.name, "rule": ask.rule, "asks": ask.asks[:1].upper() + ask.asks[1:] if ask.asks else ""}


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
