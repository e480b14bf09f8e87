"""An estimate in words: all that 45 CFR 149.610(c)(1) has it say, in one language."""

from __future__ import annotations

import msgspec

from services.gateway.domain.patient.estimate import EstimateRequest, Item, Provider, Recurring, compute_estimate
from services.gateway.domain.patient.letter import Language, Row, Section, long_date, usd, word


class ItemRow(msgspec.Struct, frozen=True):
    """One item of the estimate, as text of the letter."""

    what: str
    code: str
    diagnoses: str
    quantity: str
    charge: str


class ProviderTable(msgspec.Struct, frozen=True):
    """One provider's part."""

    name: str
    details: tuple[str, ...]
    items: tuple[ItemRow, ...]
    total: Row


class EstimateLetter(msgspec.Struct, frozen=True):
    """All of an estimate's text."""

    language: Language
    title: str
    intro: str
    rows: tuple[Row, ...]
    total: Row
    heads: tuple[str, str, str, str, str]
    providers: tuple[ProviderTable, ...]
    sections: tuple[Section, ...]


def estimate_letter(request: EstimateRequest, language: Language) -> EstimateLetter:
    """The estimate's text."""

    def phrase(key: str, **values: str) -> str:
        return word(language, f"gfe_{key}", **values)

    scheduled = request.scheduled_for
    phone = word(language, "help_phone", phone=request.phone) if request.phone else ""
    rows = (
        Row(phrase("patient"), request.patient.name),
        Row(phrase("born"), long_date(language, request.patient.born_on)),
        Row(phrase("service"), request.service),
        Row(phrase("when"), long_date(language, scheduled) if scheduled else phrase("when_not")),
        *_recurs(request.recurring, language),
        Row(phrase("made"), long_date(language, request.issued_on)),
    )
    separate = Section(phrase("separate"), (phrase("separate_1"), phrase("separate_2", phone=phone)), request.separate)
    return EstimateLetter(
        language=language,
        title=phrase("title"),
        intro=phrase("intro"),
        rows=rows,
        total=Row(phrase("total"), usd(compute_estimate(request).total)),
        heads=(phrase("what"), phrase("code"), phrase("diagnosis"), phrase("quantity"), phrase("charge")),
        providers=tuple(_table(provider, language) for provider in request.providers),
        sections=(
            *((separate,) if request.separate else ()),
            Section(phrase("know"), points=tuple(phrase(f"know_{n}") for n in range(1, 6))),
            Section(phrase("dispute"), points=tuple(phrase(f"dispute_{n}") for n in range(1, 7))),
        ),
    )


def _recurs(recurring: Recurring | None, language: Language) -> tuple[Row, ...]:
    """What recurring care is expected to be (45 CFR 149.610(b)(1)(x)(A)): how often, and over what time."""
    if recurring is None:
        return ()
    first, last = (long_date(language, day) for day in (recurring.first, recurring.last))
    time = word(language, "gfe_recurs_time", first=first, last=last)
    return (Row(word(language, "gfe_recurs"), f"{recurring.frequency}; {time}"),)


def _table(provider: Provider, language: Language) -> ProviderTable:
    details = (
        word(language, "gfe_ids", npi=provider.npi, tin=provider.tin),
        word(language, "gfe_place", place=f"{provider.location}, {provider.state}"),
    )
    total = Row(word(language, "gfe_subtotal"), usd(provider.expected))
    return ProviderTable(provider.name, details, tuple(_row(item) for item in provider.items), total)


def _row(item: Item) -> ItemRow:
    quantity = f"{item.quantity.normalize():f}"
    return ItemRow(item.description, item.code, ", ".join(item.diagnoses) or "–", quantity, usd(item.expected))
