"""Runs a plan over parsed segments and builds the model's nested parts (parties, lines, other payers …)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from services.intake.adapters.x12.structure import ADD, CLOSE, EXTEND, EXTRA, OPEN, SET
from services.intake.domain import claim as c
from services.intake.domain.party import Party
from services.intake.domain.remittance import ServicePayment
from services.intake.domain.segments import Address

Node = dict[str, Any]
_FEW = 64


def run(ops: Sequence[tuple[int, str, int, Any]], values: Sequence[Any], texts: Sequence[str]) -> Node:
    """The root node's fields. Values that could not be read (None) leave their field out."""
    node: Node = {}
    stack: list[Node] = []
    grown: list[tuple[Node, str]] = []
    for op, field, index, extra in ops:
        if op == ADD:
            value = values[index]
            if value is not None:
                _append(node, field, (value,), grown)
        elif op == SET:
            node[field] = values[index]
        elif op == OPEN:
            stack.append(node)
            node = {"base": values[index]}
        elif op == CLOSE:
            if grown:
                _settle(node, grown)
            value = _MAKERS[extra](node) if node["base"] is not None else None
            node = stack.pop()
            if value is not None:
                if index == ADD:
                    _append(node, field, (value,), grown)
                else:
                    node[field] = value
        elif op == EXTEND:
            value = values[index]
            if value is not None:
                _append(node, field, value, grown)
        elif op == EXTRA:
            keeper = node if extra == len(stack) else stack[extra]
            _append(keeper, "extra", (texts[index].strip("\r\n"),), grown)
    if grown:
        _settle(node, grown)
    return node


def _append(node: Node, field: str, more: tuple[Any, ...], grown: list[tuple[Node, str]]) -> None:
    """Add to a field. A few values are cheapest as a tuple; many grow in a list, noted in `grown`, for a while."""
    kept = node.get(field)
    if kept is None:
        node[field] = more
    elif type(kept) is list:
        kept += more
    elif len(kept) < _FEW:
        node[field] = kept + more
    else:
        node[field] = [*kept, *more]
        grown.append((node, field))


def _settle(node: Node, grown: list[tuple[Node, str]]) -> None:
    """Make tuples of the lists of this node."""
    for owner, field in grown:
        if owner is node:
            node[field] = tuple(node[field])
    grown[:] = [entry for entry in grown if entry[0] is not node]


def address(node: Node) -> Address | None:
    """N3 and N4 as one address."""
    n3, n4 = node.get("n3"), node.get("n4")
    if n3 is None and n4 is None:
        return None
    return Address(*(n3 or ("", "")), *(n4 or ()))


def _party(node: Node) -> Party:
    base: Party = node["base"]
    get = node.get
    return Party(
        base.role,
        base.kind,
        base.name,
        base.first_name,
        base.middle_name,
        base.prefix,
        base.suffix,
        base.id_qualifier,
        base.id,
        address(node),
        get("specialty"),
        get("demographics"),
        get("contacts", ()),
        get("references", ()),
        get("dates", ()),
    )


def _line(node: Node) -> c.Line:
    number = node.pop("base")
    service = node.pop("service", None)
    return c.Line(number, *service, **node) if service is not None else c.Line(number, **node)


def _other_payer(node: Node) -> c.OtherPayer:
    return c.OtherPayer(node.pop("base"), **node)


def _adjudication(node: Node) -> c.LineAdjudication:
    base = node.pop("base")
    return replace(base, **node) if node else base


def _drug(node: Node) -> c.Drug:
    base: c.Drug = node["base"]
    quantity, unit = node.get("ctp") or (None, "")
    return c.Drug(base.qualifier, base.code, quantity, unit, node.get("references", ()))


def _form(node: Node) -> c.SupportingForm:
    base = node["base"]
    return c.SupportingForm(base.qualifier, base.value, node.get("answers", ()))


def _service(node: Node) -> ServicePayment | None:
    base = node.pop("base")
    return ServicePayment(*base, **node) if base[2] is not None else None


_MAKERS: dict[str, Callable[[Node], Any]] = {
    "party": _party,
    "line": _line,
    "other_payer": _other_payer,
    "adjudication": _adjudication,
    "drug": _drug,
    "form": _form,
    "service": _service,
    "asked": lambda node: node,
}
