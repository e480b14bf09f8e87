"""The common data types of FHIR resources read: codes, money, days, identifiers, people and organisations."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from recoup_x12 import Severity
from recoup_x12.codes import npi_is_valid
from recoup_x12.model import Address, Demographics, Party, Reference, Specialty
from services.intake.adapters.fhir import systems as s
from services.intake.adapters.fhir.document import Document
from services.intake.adapters.json_api.reading import Node

ACCOUNT = ("pcn", "pat", "an")
"""Types of identifier that name the patient's account at the provider (CLM01), the likeliest first."""
MEMBER = ("mb", "sn", "um", "mi")
"""Types that name a member of a plan."""
PAYER = ("payerid", "naiccode", "niip")
"""Types that name a payer."""


def codings(node: Node | None) -> list[tuple[str, str]]:
    """System and code of each coding of a CodeableConcept."""
    if node is None:
        return []
    return [(c.text("system", most=200), c.text("code", most=80)) for c in node.children("coding", most=10)]


def coded(owner: Node, name: str, *wanted: str) -> str:
    """The code of a CodeableConcept in the first of the `wanted` systems that it has, else in any; "" for none."""
    found = codings(owner.child(name))
    for system in wanted:
        for has, code in found:
            if has == system:
                return code
    return found[0][1] if found and not wanted else next((code for has, code in found if not has), "")


def money(owner: Node, name: str, *, required: bool = False) -> Decimal | None:
    """The value of a Money in US dollars."""
    node = owner.child(name, required=required)
    if node is None:
        return None
    currency = node.text("currency", most=3)
    if currency not in ("", "USD"):
        node.problems.add(node.at("currency"), "is not USD", "Send US dollars.", snip=5)
    return node.money("value", required=required)


def instant(node: Node, name: str) -> date | None:
    """The day of a date or dateTime."""
    text = node.text(name, most=40)
    return Node({name: text[:10]}, node.path, node.problems).day(name) if text else None


def identifier(owner: Node, system: str = "", *, typed: tuple[str, ...] = (), most: int = 80) -> str:
    """The value of the identifier that is asked for, "" for none.

    Args:
        owner: the resource.
        system: the identifier system wanted; any where it is "".
        typed: codes of `type` in small letters, the most wanted first. An identifier so typed goes before any other;
            one whose type says that it is something else counts only where there is no other.
        most: the most characters that it may have.
    """
    rows = [
        (n, n.text("value", most=1000), n.text("system", most=200), _named(n))
        for n in owner.children("identifier", most=30)
    ]
    fit = [(node, named) for node, value, has, named in rows if value and (not system or _of(system, has, named))]
    order = [[node for node, named in fit if named == kind] for kind in typed]
    order += [[node for node, named in fit if not named], [node for node, _ in fit]]
    chosen = next((node for several in order for node in several), None)
    return chosen.text("value", most=most) if chosen is not None else ""


def _of(system: str, has: str, named: str) -> bool:
    return has == system or (not has and named in _TYPES.get(system, ()))


_TYPES = {s.NPI: ("npi",), s.TIN: ("tax", "en"), s.SSN: ("ss", "sb")}
"""Codes of an identifier's `type` (HL7 table 0203) that stand for a system where none is given."""


def _named(node: Node) -> str:
    """What kind of identifier its `type` says it is."""
    return coded(node, "type").lower()


def address(owner: Node) -> Address | None:
    """The first address."""
    found = owner.children("address", most=10)
    return _address(found[0]) if found else None


def _address(node: Node) -> Address:
    lines = node.texts("line", most=3, each=55)
    country = node.code("country", most=3)
    return Address(
        lines[0] if lines else "",
        lines[1] if len(lines) > 1 else "",
        node.text("city", most=30),
        node.code("state", most=2),
        node.text("postalCode", most=15).replace("-", ""),
        "" if country in ("US", "USA") else country,
    )


def provider(
    document: Document, node: Node, role: str, specialty_role: str, taxonomy: str = "", *, severity: Severity = "error"
) -> Party:
    """An Organization, Practitioner, PractitionerRole or Location in a role.

    A PractitionerRole is its organization where somebody is paid, else its practitioner. `severity` is that of an NPI
    with a wrong check digit: the providers of a payment are named by its payer.
    """
    node, taxonomy = _in_role(document, node, role, taxonomy)
    kind = node.text("resourceType", most=40)
    npi = identifier(node, s.NPI)
    if npi and not npi_is_valid(npi):
        message, how_to_fix = "holds an NPI with a wrong check digit", "Check it in NPPES."
        node.problems.add(node.at("identifier"), message, how_to_fix, snip=5, severity=severity)
    person = kind == "Practitioner"
    last, first, middle = _human(node) if person else (node.text("name", most=60), "", "")
    if not last and role in ("85", "PR", "82"):
        node.problems.add(node.at("name"), "is required", "Send the name.", severity=severity)
    tin = identifier(node, s.TIN).replace("-", "")
    ssn = identifier(node, s.SSN).replace("-", "")
    references = [Reference("EI", tin)] if tin else []
    references += [Reference("SY", ssn)] if ssn else []
    taxonomy = taxonomy or _taxonomy(node)
    where = node.child("address") if kind == "Location" else None
    return Party(
        role,
        "1" if person else "2",
        last,
        first,
        middle,
        id_qualifier="XX" if npi else "",
        id=npi,
        address=_address(where) if where else address(node),
        specialty=Specialty(specialty_role, "PXC", taxonomy) if taxonomy else None,
        references=tuple(references),
    )


def _in_role(document: Document, node: Node, role: str, taxonomy: str) -> tuple[Node, str]:
    """Who a PractitionerRole stands for, and the taxonomy it gives; any other resource as it is."""
    if node.text("resourceType", most=40) != "PractitionerRole":
        return node, taxonomy
    for row in node.children("specialty", most=10):
        taxonomy = taxonomy or next((code for system, code in codings(row) if system == s.TAXONOMY), "")
    names = ("organization", "practitioner") if role in ("85", "PE", "77") else ("practitioner", "organization")
    found = [document.resolve(node, name) for name in names]
    return next((one for one in found if one is not None), node), taxonomy


def _taxonomy(node: Node) -> str:
    for qualification in node.children("qualification", most=10):
        if code := coded(qualification, "code", s.TAXONOMY):
            return code
    for kind in node.children("type", most=10) if node.text("resourceType") == "Organization" else []:
        for system, code in codings(kind):
            if system == s.TAXONOMY:
                return code
    return ""


def person(node: Node, role: str, member: str) -> Party:
    """A Patient or RelatedPerson as subscriber (IL) or patient (QC)."""
    last, first, middle = _human(node)
    if not last:
        node.problems.add(node.at("name"), "is required", "Send the name with its family part.")
    born = node.day("birthDate")
    gender = s.GENDERS.get(node.text("gender", most=10), "")
    demographics = None
    if born or gender:
        demographics = Demographics("D8" if born else "", f"{born:%Y%m%d}" if born else "", gender, born)
    return Party(
        role,
        "1",
        last,
        first,
        middle,
        id_qualifier="MI" if member else "",
        id=member,
        address=address(node),
        demographics=demographics,
    )


def _human(node: Node) -> tuple[str, str, str]:
    names = node.children("name", most=10)
    if not names:
        return "", "", ""
    chosen = next((n for n in names if n.text("use", most=20) == "official"), names[0])
    given = chosen.texts("given", most=5, each=35)
    return chosen.text("family", most=60), given[0] if given else "", given[1][:25] if len(given) > 1 else ""
