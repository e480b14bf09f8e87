"""The part of a state that queries look at: a small JSON with the state's own names, beside its packed whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType, defstruct

_Tree: TypeAlias = "dict[str, _Tree]"
EACH = "*"
"""In a path, each item of a list."""


def excerpt_of(paths: Sequence[str]) -> Callable[[bytes], str]:
    """A function that keeps of a JSON object what lies at these paths, as it is written there.

    Args:
        paths: names joined by dots, `*` for each item of a list: `books.entries`, `beside.*.case_id`.

    Returns:
        From a JSON object as bytes to a smaller one as text. What is not there stays away, so that a query that looks
        at one of the paths finds in the smaller what it would find in the whole.
    """
    if not paths:
        return lambda _: "{}"
    tree: _Tree = {}
    for path in paths:
        branch = tree
        for name in path.split("."):
            branch = branch.setdefault(name, {})
    decoder = msgspec.json.Decoder(_type_of(tree))
    encoder = msgspec.json.Encoder()
    return lambda text: encoder.encode(decoder.decode(text)).decode()


def _type_of(tree: _Tree) -> Any:
    if not tree:
        return msgspec.Raw
    if EACH in tree:
        return list[_type_of(tree[EACH])]
    kept = {name: _type_of(inner) | None if inner else msgspec.Raw for name, inner in tree.items()}
    return defstruct("Excerpt", [(name, type_ | UnsetType, UNSET) for name, type_ in kept.items()])
