"""Items of a FHIR Claim → service lines."""

from __future__ import annotations

from decimal import Decimal

from recoup_x12.codes import shapes
from recoup_x12.model import Dated, Drug, Line, Procedure
from services.intake.adapters.fhir import systems as s
from services.intake.adapters.fhir.resources import coded, codings, instant, money
from services.intake.adapters.json_api.lines import period
from services.intake.adapters.json_api.reading import ZERO, Node

_MOST_ITEMS = 999


def sequence_of(node: Node) -> int:
    """The `sequence` of a row; 0 where it has none."""
    found = node.number("sequence")
    return int(found) if found is not None else 0


def read_lines(node: Node, places: dict[int, int], institutional: bool) -> tuple[Line, ...]:
    """Lines in order of sequence; `places` maps a diagnosis' sequence to its place among those pointed to."""
    rows = sorted(node.children("item", required=True, most=_MOST_ITEMS), key=sequence_of)
    return tuple(_line(row, number, places, institutional) for number, row in enumerate(rows, 1))


def _line(node: Node, number: int, places: dict[int, int], institutional: bool) -> Line:
    code = coded(node, "productOrService", *s.PROCEDURES).upper()
    revenue = coded(node, "revenue", s.REVENUE)
    if not code and not (institutional and revenue):
        node.problems.add(node.at("productOrService"), "has no CPT or HCPCS code", "Send a coding of either system.")
    elif code and not shapes.hcpcs(code):
        how_to_fix = "Send a CPT or HCPCS code of five characters."
        node.problems.add(node.at("productOrService"), "is not shaped like a CPT or HCPCS code", how_to_fix, snip=5)
    modifiers = tuple(c.upper() for m in node.children("modifier", most=4) for _, c in codings(m)[:1])
    amount = node.child("quantity")
    quantity = amount.number("value") if amount is not None else None
    unit = amount.text("code", most=10) if amount is not None else ""
    pointers: list[int] = []
    for sequence in node.texts("diagnosisSequence", most=12, each=4):
        if sequence.isdecimal() and int(sequence) in places:
            pointers.append(places[int(sequence)])
        else:
            node.problems.add(node.at("diagnosisSequence"), "names no diagnosis of the claim", "Check it.", snip=4)
    drug = coded(node, "productOrService", s.NDC) if has_system(node, "productOrService", s.NDC) else ""
    return Line(
        number,
        Procedure("HC", code, modifiers) if code else None,
        _charge(node, quantity),
        "MJ" if unit in ("min", "MJ") else "DA" if unit in ("d", "DA") else "UN",
        Decimal(1) if quantity is None else quantity,
        coded(node, "locationCodeableConcept", s.PLACE),
        () if institutional else tuple(pointers[:4]),
        revenue,
        dates=_served(node, institutional),
        drugs=(Drug("N4", drug.replace("-", "")),) if drug else (),
    )


def has_system(node: Node, name: str, system: str) -> bool:
    """Return True if a CodeableConcept has a coding of a system."""
    return any(has == system for has, _ in codings(node.child(name)))


def _charge(node: Node, quantity: Decimal | None) -> Decimal:
    net = money(node, "net")
    if net is not None:
        return net
    unit = money(node, "unitPrice")
    if unit is None:
        node.problems.add(node.at("net"), "is required", "Send net, the charge of the line.")
        return ZERO
    charge = unit * (Decimal(1) if quantity is None else quantity)
    if charge != charge.quantize(Decimal("0.01")):
        node.problems.add(node.at("unitPrice"), "times quantity is not whole cents", "Send net.", snip=3)
    return charge.quantize(Decimal("0.01"))


def _served(node: Node, institutional: bool) -> tuple[Dated, ...]:
    if node.has("servicedPeriod"):
        between = node.child("servicedPeriod")
        start = instant(between, "start") if between else None
        end = instant(between, "end") if between else None
    else:
        start, end = node.day("servicedDate", required=not institutional), None
    return (period("472", start, end),) if start else ()
