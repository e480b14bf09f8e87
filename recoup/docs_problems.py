"""The page of the problems that services answer with, from where they are declared and raised."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAKES = frozenset({"Problem", "Refusal"})
_HEAD = """\
# Problems

Generated from the services' code. Every error is an RFC 9457 document (`application/problem+json`): `type` names its
kind and stays, `title` is the status in words, `detail` says what and where, and `how_to_fix` what to do about it;
`errors` lists each place. Callers decide by `type`, never by `detail`. Nothing of it repeats a submitted value. Which
of them an operation answers is in its OpenAPI document (`docs/api`).

| `type` | status | of | meaning |
|---|---|---|---|
"""


class Kind(NamedTuple):
    """A kind of problem as one place makes it; `detail` is empty where the place composes it."""

    slug: str
    status: int
    service: str
    detail: str


def kinds_in(text: str, service: str) -> Iterator[Kind]:
    """Yield the kinds of problems that a module declares, raises or has in a table, with their names written out."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Dict):
            yield from _in_table(node, service)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _MAKES:
            continue
        given = [one.value if isinstance(one, ast.Constant) else None for one in node.args[:3]]
        if len(given) > 1 and isinstance(given[0], int) and isinstance(given[1], str):
            detail = given[2] if len(given) > 2 and isinstance(given[2], str) else ""
            yield Kind(given[1], given[0], service, detail)


def _in_table(table: ast.Dict, service: str) -> Iterator[Kind]:
    """Yield the kinds of a table: a code of a use case, and status, detail or name and detail, and how to fix it."""
    for key, value in zip(table.keys, table.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str) or not isinstance(value, ast.Tuple):
            continue
        given = [one.value if isinstance(one, ast.Constant) else None for one in value.elts[:3]]
        if len(given) < 3 or not isinstance(given[0], int) or not 400 <= given[0] < 600:
            continue
        texts = [one if isinstance(one, str) else "" for one in given[1:]]
        named = _SLUG.fullmatch(texts[0]) is not None
        slug, detail = (texts[0], texts[1]) if named else (key.value.replace("_", "-"), texts[0])
        yield Kind(slug, given[0], service, detail)


def kinds(root: Path) -> list[Kind]:
    """Return the kinds of all services; those of `shared` are every service's."""
    found: list[Kind] = []
    for path in sorted((*root.glob("services/*/**/*.py"), *root.glob("shared/**/*.py"))):
        parts = path.relative_to(root).parts
        found += kinds_in(path.read_text(), parts[1] if parts[0] == "services" else "")
    return sorted(set(found))


def problems_page(root: Path) -> str:
    """Every kind of problem with its statuses, who answers with it, and what it means."""
    lines = [*_HEAD.splitlines()]
    by_slug: dict[str, list[Kind]] = {}
    for kind in kinds(root):
        by_slug.setdefault(kind.slug, []).append(kind)
    for slug, ones in by_slug.items():
        status = ", ".join(str(one) for one in sorted({one.status for one in ones}))
        lines.append(f"| `urn:recoup:problem:{slug}` | {status} | {_of(ones)} | {_meaning(ones)} |")
    return "\n".join(lines) + "\n"


def _of(ones: Sequence[Kind]) -> str:
    return "all" if any(not one.service for one in ones) else ", ".join(sorted({one.service for one in ones}))


def _meaning(ones: Sequence[Kind]) -> str:
    said = next((one.detail for one in ones if one.detail), "as `detail` says")
    return said.replace("|", "\\|")
