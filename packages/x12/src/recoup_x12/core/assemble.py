"""Runs a plan over parsed segments: collects the fields of loops and has their values made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from recoup_x12.core.guide import ADD, CLOSE, EXTEND, EXTRA, OPEN, SET, Node
from recoup_x12.core.party import Party
from recoup_x12.core.segments import Address

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
            value = extra(node) if node["base"] is not None else None
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
            level: int = extra
            keeper = node if level == len(stack) else stack[level]
            _append(keeper, "extra", (texts[index].strip("\r\n"),), grown)
    if grown:
        _settle(node, grown)
    return node


def _append(node: Node, field: str, more: tuple[Any, ...], grown: list[tuple[Node, str]]) -> None:
    """Add to a field. A few values are cheapest as a tuple; many grow in a list, noted in `grown`, for a while."""
    kept: Any = node.get(field)
    if kept is None:
        node[field] = more
    elif type(kept) is list:
        cast("list[Any]", kept).extend(more)
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


def make_party(node: Node) -> Party:
    """A party of its NM1 or N1 and what stands under it."""
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
