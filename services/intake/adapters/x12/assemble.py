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


def run(ops: Sequence[tuple[int, str, int, Any]], values: Sequence[Any], texts: Sequence[str]) -> Node:
    """The root node's fields. Values that could not be read (None) leave their field out."""
    node: Node = {}
    stack: list[Node] = []
    for op, field, index, extra in ops:
        if op == ADD:
            value = values[index]
            if value is not None:
                node[field] = (*node[field], value) if field in node else (value,)
        elif op == SET:
            node[field] = values[index]
        elif op == OPEN:
            stack.append(node)
            node = {"base": values[index]}
        elif op == CLOSE:
            value = _MAKERS[extra](node) if node["base"] is not None else None
            node = stack.pop()
            if value is not None:
                if index == ADD:
                    node[field] = (*node[field], value) if field in node else (value,)
                else:
                    node[field] = value
        elif op == EXTEND:
            value = values[index]
            if value is not None:
                node[field] = node[field] + value if field in node else value
        elif op == EXTRA:
            keeper = node if extra == len(stack) else stack[extra]
            keeper["extra"] = (*keeper.get("extra", ()), texts[index].strip("\r\n"))
    return node


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


def _service(node: Node) -> ServicePayment:
    base = node.pop("base")
    return ServicePayment(*base, **node)


_MAKERS: dict[str, Callable[[Node], Any]] = {
    "party": _party,
    "line": _line,
    "other_payer": _other_payer,
    "adjudication": _adjudication,
    "drug": _drug,
    "form": _form,
    "service": _service,
}
