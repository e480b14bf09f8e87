"""People and organisations of the JSON shape, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from recoup_x12.codes import npi_is_valid
from recoup_x12.model import Address, Contact, Demographics, Party, Reference, Specialty
from services.intake.adapters.json_api.fields import CONTACTS, PROVIDER_REFERENCES, PROVIDER_TYPES
from services.intake.adapters.json_api.reading import Node

_GENDERS = frozenset({"F", "M", "U"})


def read_address(node: Node | None) -> Address | None:
    """N3 and N4; the postal code without its hyphen."""
    if node is None:
        return None
    return Address(
        node.text("address1", required=True, most=55),
        node.text("address2", most=55),
        node.text("city", required=True, most=30),
        node.code("state", most=2),
        node.text("postalCode", most=15).replace("-", ""),
        node.code("countryCode", most=3),
        node.code("countrySubDivisionCode", most=3),
    )


def read_provider(node: Node, role: str, specialty_role: str) -> Party:
    """A provider or place: an organisation or a person, with NPI, TIN, taxonomy and contact."""
    node.raw("providerType")
    organization = node.text("organizationName", most=60)
    last = node.text("lastName", most=60)
    if not (organization or last) and role not in ("77", "PW", "45"):
        node.problems.add(node.path, "has no name", "Send organizationName, or lastName and firstName.")
    npi = node.text("npi", most=10)
    if npi and not npi_is_valid(npi):
        node.problems.add(node.at("npi"), "has a wrong check digit", "Check the NPI against NPPES.", snip=5)
    taxonomy = node.code("taxonomyCode")
    references = tuple(
        Reference(qualifier, value.replace("-", "") if qualifier in ("EI", "SY") else value)
        for name, qualifier in PROVIDER_REFERENCES.items()
        if (value := node.text(name, most=50))
    )
    return Party(
        role,
        "2" if organization or not last else "1",
        organization or last,
        node.text("firstName", most=35),
        node.text("middleName", most=25),
        suffix=node.text("suffix", most=10),
        id_qualifier="XX" if npi else "",
        id=npi,
        address=read_address(node.child("address")),
        specialty=Specialty(specialty_role, "PXC", taxonomy) if taxonomy else None,
        contacts=_contact(node.child("contactInformation"), role),
        references=references,
    )


def with_parties_apart(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the rows of `providers`, as the older shape has them, under the fields of their types.

    A row stays where its type is not known, or its field is there already: what is left in the array is then told.
    """
    rows = document.get("providers")
    if not isinstance(rows, list):
        return document
    made, left = dict(document), list[Any]()
    for row in cast("list[Any]", rows):
        held = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
        name = PROVIDER_TYPES.get(str(held.get("providerType")), "")
        if name and name not in made:
            made[name] = held
        else:
            left.append(row)
    return made | {"providers": left}


def read_submitter(node: Node | None) -> Party:
    """1000A: who sends the claim."""
    if node is None:
        return Party("")
    organization = node.text("organizationName", most=60)
    identifier = node.text("submitterIdentification", most=80)
    return Party(
        "41",
        "2" if organization else "1",
        organization or node.text("lastName", most=60),
        node.text("firstName", most=35),
        id_qualifier="46" if identifier else "",
        id=identifier,
        contacts=_contact(node.child("contactInformation"), "41"),
    )


def read_person(node: Node, role: str) -> Party:
    """Subscriber (IL) or patient (QC)."""
    member = node.text("memberId", required=role == "IL", most=80)
    born = node.day("dateOfBirth")
    gender = node.code("gender", most=1)
    if gender and gender not in _GENDERS:
        node.problems.add(node.at("gender"), "is not F, M or U", "Send F, M or U.", snip=5)
    organization = node.text("organizationName", most=60)
    demographics = None
    if born is not None or gender:
        demographics = Demographics("D8" if born else "", f"{born:%Y%m%d}" if born else "", gender, born)
    ssn = node.text("ssn", most=11).replace("-", "")
    return Party(
        role,
        "2" if organization else "1",
        organization or node.text("lastName", required=True, most=60),
        node.text("firstName", most=35),
        node.text("middleName", most=25),
        suffix=node.text("suffix", most=10),
        id_qualifier="MI" if member else "",
        id=member,
        address=read_address(node.child("address")),
        demographics=demographics,
        references=(Reference("SY", ssn),) if ssn else (),
    )


def _contact(node: Node | None, role: str) -> tuple[Contact, ...]:
    if node is None:
        return ()
    numbers = tuple((code, value) for name, code in CONTACTS.items() if (value := node.text(name, most=256)))
    return (Contact("IC" if role in ("41", "85") else "", node.text("name", most=60), numbers),)


def by_qualifier(node: Node, fields: Mapping[str, str], most: int) -> list[tuple[str, str]]:
    """Qualifier and value of each of these fields that is sent, in the order of the table."""
    return [(qualifier, value) for name, qualifier in fields.items() if (value := node.text(name, most=most))]
