"""The letter to a patient about one claim: what the plan paid, what may be owed, rights, and what happens next.

One content for paper, text and page. It names no person, no account number, no diagnosis and no procedure.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

import msgspec

from services.gateway.domain.patient import english, spanish
from services.gateway.domain.patient.contact import Target, targets
from services.gateway.domain.patient.patient_position import PatientPosition
from services.gateway.domain.wording import usd

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_WORDS = {"en": english.WORDS, "es": spanish.WORDS}
_NOT_KNOWN = frozenset({"waiting", "reviewing", "open"})
_STATES = {"en": english.STATES, "es": spanish.STATES}


class Sender(msgspec.Struct, frozen=True):
    """Who the letter comes from, as patients know them."""

    name: str = ""
    phone: str = ""


class Row(msgspec.Struct, frozen=True):
    """A label and its value."""

    label: str
    value: str


class Section(msgspec.Struct, frozen=True):
    """A heading with paragraphs and, after them, points."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()


class Online(msgspec.Struct, frozen=True):
    """Where the patient finds the letter online: how to get there, the page's address, and until when it works."""

    heading: str
    how: str
    url: str
    ends: str


class PageAddress(msgspec.Struct, frozen=True):
    """The address of a patient's page and the last day on which it opens."""

    url: str
    ends_on: date


class Letter(msgspec.Struct, frozen=True):
    """All of a letter's text, in one language. `notice` is what 45 CFR 149.430 has patients told.

    `links` are the telephone numbers and addresses in the text, with where they lead; `online` is set where the letter
    has a page.
    """

    language: Language
    title: str
    sender: str
    date: Row
    not_a_bill: str
    amount: Row
    amount_sentences: tuple[str, ...]
    facts: Section
    rows: tuple[Row, ...]
    next: Section
    rights: Section
    help: Section
    notice_title: str
    notice: tuple[Section, ...]
    other_language: str
    language_help: str = ""
    links: tuple[Target, ...] = ()
    online: Online | None = None


def word(language: Language, key: str, **values: str) -> str:
    """The words of `key`, with its places filled."""
    text = _WORDS[language][key]
    return text.format(**values) if values else text


def long_date(language: Language, day: date) -> str:
    """A day in words."""
    month = word(language, "month").split()[day.month - 1]
    return word(language, "long_date", month=month, day=str(day.day), year=str(day.year))


def letter(
    position: PatientPosition,
    language: Language,
    *,
    reference: str,
    on: date,
    sender: Sender,
    page: PageAddress | None = None,
) -> Letter:
    """The letter on day `on`. `reference` is what the provider finds the claim by, `page` the patient's page of it."""

    def phrase(key: str, **values: str) -> str:
        return word(language, key, **values)

    phone = phrase("help_phone", phone=sender.phone) if sender.phone else ""
    return Letter(
        language=language,
        title=phrase("title"),
        sender=sender.name,
        date=Row(phrase("date"), long_date(language, on)),
        not_a_bill=phrase("not_a_bill"),
        amount=Row(
            phrase("amount_label_now" if position.amount in _NOT_KNOWN else "amount_label"), usd(position.at_most)
        ),
        amount_sentences=_amount(position, language),
        facts=Section(phrase("facts")),
        rows=_rows(position, language, reference, sender),
        next=Section(phrase("next"), _next(position, language)),
        rights=Section(phrase("rights"), _rights(position, language)),
        help=Section(
            phrase("help"),
            points=(
                phrase("help_us", phone=phone),
                phrase("help_plan"),
                phrase("help_desk"),
                phrase("help_web"),
                phrase("help_state"),
            ),
        ),
        notice_title=phrase("notice"),
        notice=_notice(language),
        other_language=phrase("other_language"),
        language_help=phrase("help_language"),
        links=targets(sender.phone),
        online=_online(page, language) if page else None,
    )


def page_ends(language: Language, day: date) -> str:
    """What is said of a private address that works until `day`."""
    return word(language, "page_ends", date=long_date(language, day))


def _online(page: PageAddress, language: Language) -> Online:
    how = word(language, "online_how")
    return Online(word(language, "online"), how, page.url, page_ends(language, page.ends_on))


def _amount(position: PatientPosition, language: Language) -> tuple[str, ...]:
    sentences = [word(language, f"amount_{position.amount}", amount=usd(position.at_most))]
    if position.beyond > 0 and position.amount != "nothing":
        sentences.append(word(language, "amount_beyond", beyond=usd(position.beyond)))
    sentences.append(word(language, "amount_refund"))
    return tuple(sentences)


def _rows(position: PatientPosition, language: Language, reference: str, sender: Sender) -> tuple[Row, ...]:
    def row(key: str, value: str) -> Row:
        return Row(word(language, key), value)

    rows = [row("provider", sender.name or word(language, "your_provider"))]
    rows.append(row("plan", position.plan or word(language, "your_plan")))
    if position.service_from is not None:
        rows.append(row("service", _service(position.service_from, position.service_to, language)))
    rows += [
        row("reference", reference),
        row("billed", usd(position.billed)),
        row("paid", word(language, "paid_none") if position.paid is None else usd(position.paid)),
    ]
    return tuple(rows)


def _service(first: date, last: date | None, language: Language) -> str:
    begun = long_date(language, first)
    if last is None or last == first:
        return begun
    return word(language, "service_range", from_=begun, to=long_date(language, last))


def _next(position: PatientPosition, language: Language) -> tuple[str, ...]:
    sentences = [word(language, f"next_{position.next}")]
    if position.by is not None:
        sentences.append(word(language, "by", date=long_date(language, position.by)))
    return tuple(sentences)


def _rights(position: PatientPosition, language: Language) -> tuple[str, ...]:
    sentence = word(language, f"law_{position.law}")
    if position.law in ("public", "other_program"):
        return (sentence,)
    if position.law == "state":
        return sentence, word(language, "state_more")
    name = _STATES[language].get(position.state)
    return sentence, word(language, "state_process", state=name) if name else word(language, "state_none")


def _notice(language: Language) -> tuple[Section, ...]:
    def part(name: str, *, paragraphs: int = 0, points: int = 0) -> Section:
        texts = [word(language, f"notice_{name}_{n}") for n in range(1, paragraphs + points + 1)]
        return Section(word(language, f"notice_{name}"), tuple(texts[:paragraphs]), tuple(texts[paragraphs:]))

    return (
        part("what", paragraphs=3),
        part("emergency", paragraphs=1),
        part("facility", paragraphs=2),
        part("air", paragraphs=1),
        part("consent", paragraphs=2),
        part("plan", points=4),
    )
