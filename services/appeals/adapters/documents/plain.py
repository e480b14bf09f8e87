"""A document as plain text, for portals that take no PDF and for people without a reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from services.appeals.adapters.documents.figures import AMOUNTS, dollars

_DRAFT = {False: "DRAFT, missing", True: "COPY of what a person attests to have sent; not known here"}


def plain_text(data: Mapping[str, Any]) -> str:
    """Who writes to whom, about which claim, the words, each line with its amounts, enclosures, and what is missing."""
    return "\n".join(_lines(data)) + "\n"


def _lines(data: Mapping[str, Any]) -> Iterator[str]:
    provider, remittance = data["provider"], data["remittance"]
    if data["missing"]:
        yield from (f"{_DRAFT[data['attested']]}: {'; '.join(data['missing_words'])}", "")
    yield from (value for value in (provider.get("name"), provider.get("address")) if value)
    yield f"NPI {provider['npi']}, TIN {provider['tin']}"
    yield from ("", data["date_long"], "")
    yield from (value for value in (data["addressee"]["name"], data["addressee"]["to"]) if value)
    yield from ("", str(data.get("subject") or data["kind"].replace("_", " ").capitalize()), "")
    facts = (
        ("payer's claim number", remittance["payer_claim_number"]),
        ("our account", data["claim"]["control_number"]),
        ("service dates", data["claim"]["service"]),
        ("payment or denial received", data["dispute"]["notice_on_long"]),
        ("payment taken back by the payer since", remittance.get("recouped")),
        ("open negotiation began", data.get("dates", {}).get("negotiation_on")),
        ("open negotiation ends", data.get("dates", {}).get("ends_on")),
        ("reference of the award", data.get("owed", {}).get("reference")),
    )
    yield from (f"{name}: {value}" for name, value in facts if value)
    yield ""
    for paragraph in data.get("paragraphs", ()):
        yield from (paragraph, "")
    for row in data.get("items") or data["lines"]:
        amounts = ", ".join(
            f"{name.replace('_', ' ')} {dollars(row[name])}" for name in AMOUNTS if row.get(name) is not None
        )
        claim = f"claim {row['claim']}, " if row.get("claim") else ""
        yield f"{claim}line {row['line']}, {row['code']}, {row['service']}: {amounts}"
    yield from (f"enclosed: {a['title']} ({a['reference']})" for a in data["attachments"])
    yield from ("", *(value for value in (provider.get("signatory"), provider.get("name")) if value))
