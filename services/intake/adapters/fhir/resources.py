"""Resources of one FHIR document: found by reference, and their common data types read.

A document is a Bundle or a lone resource with `contained` ones. References are resolved within it only: intake fetches
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar, cast

from recoup_x12 import Problem
from recoup_x12.codes import npi_is_valid
from recoup_x12.model import Address, Demographics, Party, Reference, Specialty
from services.intake.adapters.fhir import systems as s
from services.intake.adapters.json_api.reading import Node, NotJson, Problems, decode

Resource = tuple[dict[str, Any], str]
T = TypeVar("T")


def read_each(
    document: bytes | str | dict[str, Any],
    kind: str,
    read: Callable[[Document, dict[str, Any], str], T],
    unread: Callable[[tuple[Problem, ...]], T],
    missing: tuple[str, str],
) -> list[T]:
    """Read every resource of a kind in a Bundle, or the one that the document is; never empty, never raises.

    Args:
        document: JSON, or what was decoded from it.
        kind: the resource type.
        read: reads one resource, given the whole document and the resource's path.
        unread: what stands for a document of which nothing can be read.
        missing: what is said where there is no such resource, and how to fix it.
    """
    problems = Problems()
    if not isinstance(document, dict):
        try:
            document = decode(document)
        except NotJson as error:
            problems.add("", str(error), "Send a FHIR resource as JSON.", snip=1)
            return [unread(tuple(problems.found))]
    whole = Document(document)
    found = [read(whole, value, path) for value, path in whole.of(kind)]
    if found:
        return found
    problems.add("resourceType", *missing, snip=1)
    return [unread(tuple(problems.found))]


class Document:
    """The resources of a document, each with its path."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._test = _labelled_test(root)
        self._found: list[Resource] = []
        self._by_reference: dict[str, Resource] = {}
        if root.get("resourceType") == "Bundle":
            entries = root.get("entry")
            for n, entry in enumerate(cast("list[Any]", entries) if isinstance(entries, list) else []):
                held = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
                resource = held.get("resource")
                if isinstance(resource, dict):
                    self._add(cast("dict[str, Any]", resource), f"entry[{n}].resource", held.get("fullUrl"))
        else:
            self._add(root, "", None)

    def _add(self, resource: dict[str, Any], path: str, url: Any) -> None:
        found = (resource, path)
        self._found.append(found)
        if isinstance(url, str):
            self._by_reference[url] = found
        kind, name = resource.get("resourceType"), resource.get("id")
        if isinstance(kind, str) and isinstance(name, str):
            self._by_reference[f"{kind}/{name}"] = found

    def of(self, kind: str) -> Iterator[Resource]:
        """The document's resources of one type."""
        return (found for found in self._found if found[0].get("resourceType") == kind)

    def is_test(self, resource: dict[str, Any]) -> bool:
        """Return True if the resource, or the Bundle it came in, is labelled as test data (meta.security HTEST)."""
        return self._test or _labelled_test(resource)

    def excerpt(self, resource: dict[str, Any]) -> dict[str, Any]:
        """A Bundle of one resource and all that it points to, at any distance: what it needs to stand alone."""
        wanted, todo = [resource], [resource]
        while todo:
            for target in _references(todo.pop()):
                found = self._by_reference.get(target) or self._by_reference.get("/".join(target.split("/")[-2:]))
                if found is not None and not any(found[0] is one for one in wanted):
                    wanted.append(found[0])
                    todo.append(found[0])
        urls = {id(found[0]): name for name, found in self._by_reference.items() if ":" in name}
        entries = [{"resource": one} | ({"fullUrl": urls[id(one)]} if id(one) in urls else {}) for one in wanted]
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}

    def resolve(self, owner: Node, name: str, *, required: bool = False) -> Node | None:
        """The resource that a Reference field points to; a problem where it must be there and is not."""
        reference = owner.child(name)
        found = self.resource(reference, owner) if reference is not None else None
        if found is None and required:
            message = "points to nothing in this document" if reference is not None else "is required"
            owner.problems.add(owner.at(name), message, "Send the resource in the Bundle, or contained.")
        return found

    def resource(self, reference: Node, owner: Node) -> Node | None:
        """The resource of a Reference; contained ones belong to what contains `owner`."""
        target = reference.text("reference", most=300)
        if not target:
            return _logical(reference)
        if target.startswith("#"):
            for n, inner in enumerate(_contained(owner.top)):
                if inner.get("id") == target[1:]:
                    found = Node(inner, f"{owner.top.at('contained')}[{n}]", owner.problems)
                    found.top = owner.top  # it may point to its siblings
                    return found
            return None
        parts = target.split("/")
        known = self._by_reference.get(target) or self._by_reference.get("/".join(parts[-2:]))
        return Node(known[0], known[1], owner.problems) if known else None


def _labelled_test(resource: dict[str, Any]) -> bool:
    meta = resource.get("meta")
    labels = cast("dict[str, Any]", meta).get("security") if isinstance(meta, dict) else None
    for label in cast("list[Any]", labels) if isinstance(labels, list) else []:
        held = cast("dict[str, Any]", label) if isinstance(label, dict) else {}
        if held.get("code") == s.TEST and held.get("system") in (None, s.ACT_REASON):
            return True
    return False


def _references(value: Any) -> Iterator[str]:
    """Every Reference inside a resource."""
    if isinstance(value, dict):
        for name, held in cast("dict[str, Any]", value).items():
            if name == "reference" and isinstance(held, str):
                yield held
            else:
                yield from _references(held)
    elif isinstance(value, list):
        for held in cast("list[Any]", value):
            yield from _references(held)


def _logical(reference: Node) -> Node | None:
    """What a reference says of its target by itself: identifier, display, type."""
    held = reference.child("identifier")
    if held is None:
        return None
    kind, display = reference.text("type", most=40) or "Organization", reference.text("display", most=60)
    names = [{"family": display}] if kind in ("Practitioner", "Patient", "RelatedPerson") else display
    made = {"resourceType": kind, "identifier": [held.values], "name": names}
    return Node(made, reference.path, reference.problems)


def _contained(top: Node) -> list[dict[str, Any]]:
    rows = top.raw("contained")
    if not isinstance(rows, list):
        return []
    return [cast("dict[str, Any]", row) if isinstance(row, dict) else {} for row in cast("list[Any]", rows)]


# --- data types ------------------------------------------------------------------------------------------------


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


def identifier(owner: Node, system: str = "") -> str:
    """The value of the first identifier of a system, or of any system."""
    for node in owner.children("identifier", most=30):
        value = node.text("value", most=80)
        has = node.text("system", most=200)
        if value and (not system or has == system or (not has and _named(node) == _TYPES.get(system))):
            return value
    return ""


_TYPES = {s.NPI: "npi", s.TIN: "tax"}


def _named(node: Node) -> str:
    """What kind of identifier its `type` says it is."""
    return coded(node, "type").lower()


def address(owner: Node) -> Address | None:
    """The first address."""
    found = owner.children("address", most=10)
    if not found:
        return None
    lines = found[0].texts("line", most=3, each=55)
    return Address(
        lines[0] if lines else "",
        lines[1] if len(lines) > 1 else "",
        found[0].text("city", most=30),
        found[0].code("state", most=2),
        found[0].text("postalCode", most=15).replace("-", ""),
        "" if (country := found[0].code("country", most=3)) in ("US", "USA") else country,
    )


def provider(node: Node, role: str, specialty_role: str, taxonomy: str = "") -> Party:
    """An Organization, Practitioner or Location in a role."""
    kind = node.text("resourceType", most=40)
    npi = identifier(node, s.NPI)
    if npi and not npi_is_valid(npi):
        node.problems.add(node.at("identifier"), "holds an NPI with a wrong check digit", "Check it in NPPES.", snip=5)
    person = kind == "Practitioner"
    last, first, middle = _human(node) if person else (node.text("name", most=60), "", "")
    if not last and role in ("85", "PR", "82"):
        node.problems.add(node.at("name"), "is required", "Send the name.")
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
        address=address(Node({"address": [where.values]}, node.path, node.problems)) if where else address(node),
        specialty=Specialty(specialty_role, "PXC", taxonomy) if taxonomy else None,
        references=tuple(references),
    )


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
