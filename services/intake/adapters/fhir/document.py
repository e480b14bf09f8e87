"""One FHIR document: its resources, found by reference, and what of them nobody read.

A document is a Bundle or a lone resource with `contained` ones. References are resolved within it only: intake fetches
nothing. Literal ones (`Patient/1`, `urn:uuid:…`, `#1`), conditional ones (`Organization?identifier=system|value`, as a
transaction's Bundle has them) and logical ones (`identifier` with `display`) are understood.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast
from urllib.parse import unquote

from recoup_x12 import Problem
from services.intake.adapters.fhir import systems as s
from services.intake.adapters.json_api.reading import Node, NotJson, Problems, decode

Resource = tuple[dict[str, Any], str]
T = TypeVar("T")
KINDS = ("Claim", "ExplanationOfBenefit")
_INDEX = re.compile(r"\[\d+\]")
_PLAIN = frozenset(
    (
        "resourceType", "id", "meta", "text", "language", "implicitRules", "contained", "display", "version",
        "userSelected", "assigner", "sequence", "use", "rank", "active", "beneficiary",
    )
)  # fmt: skip
"""Elements that say nothing of a claim or payment by themselves: labels, versions, narrative, order."""


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
        unread: what stands for a document of which nothing can be read, or for an entry that asks for a deletion.
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
    found: list[T] = []
    for value, path in whole.of(kind):
        whole.begin()
        found.append(read(whole, value, path))
    found += [unread((deletion(path),)) for path in whole.deletions(kind)]
    if found:
        return found
    problems.add("resourceType", *missing, snip=1)
    return [unread(tuple(problems.found))]


def deletion(path: str) -> Problem:
    """What is said of an entry of a Bundle that asks for a deletion (`request.method` DELETE)."""
    problems = Problems()
    how_to_fix = "Nothing is deleted here: send a cancelled Claim that names the payer's number of the prior one."
    problems.add(f"{path}.request.method", "asks for a deletion", how_to_fix, snip=5)
    return problems.found[0]


class Document:
    """The resources of a document, each with its path."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._test = _labelled_test(root)
        self._found: list[Resource] = []
        self._by_reference: dict[str, Resource] = {}
        self._by_identifier: dict[tuple[str, str], list[Resource]] = {}
        self._deleted: list[tuple[str, str]] = []
        self._resolved: dict[str, Node] = {}
        if root.get("resourceType") == "Bundle":
            entries = root.get("entry")
            for n, entry in enumerate(cast("list[Any]", entries) if isinstance(entries, list) else []):
                self._enter(cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}, f"entry[{n}]")
        else:
            self._add(root, "", None)

    def _enter(self, entry: dict[str, Any], path: str) -> None:
        resource, request = entry.get("resource"), entry.get("request")
        asked = cast("dict[str, Any]", request) if isinstance(request, dict) else {}
        held = cast("dict[str, Any]", resource) if isinstance(resource, dict) else {}
        if str(asked.get("method")).upper() == "DELETE":
            kind = held.get("resourceType") or re.split(r"[/?]", str(asked.get("url", "")))[0]
            self._deleted.append((str(kind), path))
        elif held:
            self._add(held, f"{path}.resource", entry.get("fullUrl"))

    def _add(self, resource: dict[str, Any], path: str, url: Any) -> None:
        found = (resource, path)
        self._found.append(found)
        if isinstance(url, str):
            self._by_reference[url] = found
        kind, name = resource.get("resourceType"), resource.get("id")
        if isinstance(kind, str) and isinstance(name, str):
            self._by_reference[f"{kind}/{name}"] = found
        for value in {value for _, value in _identifiers(resource)}:
            self._by_identifier.setdefault((str(kind), value), []).append(found)

    def of(self, kind: str) -> Iterator[Resource]:
        """The document's resources of one type."""
        return (found for found in self._found if found[0].get("resourceType") == kind)

    def deletions(self, kind: str) -> list[str]:
        """Paths of the entries that ask for the deletion of a resource of one type."""
        return [path for of, path in self._deleted if of == kind]

    def is_test(self, resource: dict[str, Any]) -> bool:
        """Return True if the resource, what it points to, or their Bundle is labelled as test data (HTEST)."""
        return self._test or any(_labelled_test(one) for one in self.needed(resource))

    def begin(self) -> None:
        """Begin to read one resource: what it points to is read anew, with its problems."""
        self._resolved = {}

    def needed(self, resource: dict[str, Any]) -> list[dict[str, Any]]:
        """The resource and all that it points to, at any distance."""
        wanted, todo = [resource], [resource]
        while todo:
            for target in _references(todo.pop()):
                for found in self._find(target):
                    if not any(found[0] is one for one in wanted):
                        wanted.append(found[0])
                        todo.append(found[0])
        return wanted

    def excerpt(self, resource: dict[str, Any]) -> dict[str, Any]:
        """A Bundle of one resource and all that it points to, at any distance: what it needs to stand alone."""
        urls = {id(found[0]): name for name, found in self._by_reference.items() if ":" in name}
        entries = [
            {"resource": one} | ({"fullUrl": urls[id(one)]} if id(one) in urls else {}) for one in self.needed(resource)
        ]
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}

    def strangers(self) -> Counter[str]:
        """How many resources of each type no claim or explanation of benefit points to, and so nobody reads."""
        needed = {id(one) for kind in KINDS for resource, _ in self.of(kind) for one in self.needed(resource)}
        found = (resource.get("resourceType") for resource, _ in self._found if id(resource) not in needed)
        return Counter(kind if isinstance(kind, str) and kind.isalpha() else "an unknown type" for kind in found)

    def resolve(self, owner: Node, name: str, *, required: bool = False) -> Node | None:
        """The resource that a Reference field points to; where it is not there, that is said.

        An error where the resource is required, else a warning: what it would have said is not known.
        """
        reference = owner.child(name)
        if reference is None:
            if required:
                how_to_fix = "Send the resource in the Bundle, or contained."
                owner.problems.add(owner.at(name), "is required", how_to_fix)
            return None
        return self.resource(reference, owner, required=required)

    def resource(self, reference: Node, owner: Node, *, required: bool = False) -> Node | None:
        """The resource of a Reference; contained ones belong to what contains `owner`."""
        target = reference.text("reference", most=300)
        reference.raw("type")
        if not target:
            found = _logical(reference)
            message = "names nothing"
        elif target.startswith("#"):
            found, message = self._contained(target[1:], owner), "points to nothing contained"
        else:
            known = self._find(target)
            found = self._node(known[0], owner) if len(known) == 1 else None
            message = "fits several resources of this document" if known else "points to nothing in this document"
        if found is None and (required or target):
            how_to_fix = "Send the resource in the Bundle, or contained."
            severity = "error" if required else "warning"
            owner.problems.add(reference.path, message, how_to_fix, severity=severity)
        return found

    def _find(self, target: str) -> list[Resource]:
        """The resources that a literal or conditional reference fits."""
        kind, query, asked = target.partition("?")
        if not query:
            known = self._by_reference.get(target) or self._by_reference.get("/".join(target.split("/")[-2:]))
            return [known] if known else []
        wanted = [unquote(part[len("identifier=") :]) for part in asked.split("&") if part.startswith("identifier=")]
        if not wanted or len(wanted) < asked.count("&") + 1:
            return []
        known = self._by_identifier.get((kind, wanted[0].rpartition("|")[2]), [])
        return [found for found in known if all(_identified(found[0], token) for token in wanted)]

    def _node(self, known: Resource, owner: Node) -> Node:
        made = self._resolved.get(known[1])
        if made is None:
            made = self._resolved[known[1]] = Node(known[0], known[1], owner.problems)
        return made

    def _contained(self, name: str, owner: Node) -> Node | None:
        for n, inner in enumerate(_contained(owner.top)):
            if inner.get("id") == name:
                path = f"{owner.top.at('contained')}[{n}]"
                found = self._node((inner, path), owner)
                found.top = owner.top  # it may point to its siblings
                return found
        return None

    def name_unread(self, node: Node) -> None:
        """Note every element of a resource, and of what it points to, that holds something and that nobody asked for.

        Elements of the same name in several rows are named once, at the first.
        """
        counted: dict[str, list[str]] = {}
        for one in [node, *self._resolved.values()]:
            for path in one.unread():
                if path.rpartition(".")[2] not in _PLAIN:
                    counted.setdefault(_INDEX.sub("[]", path), []).append(path)
        for paths in counted.values():
            often = f", here and in {len(paths) - 1} more places" if len(paths) > 1 else ""
            how_to_fix = "Send what matters of it another way, or as X12; leave it out if it is not needed."
            node.problems.add(paths[0], f"is not read{often}", how_to_fix, severity="warning")


def _identified(resource: dict[str, Any], token: str) -> bool:
    """Return True if a resource has the identifier of a search token, `system|value` or a value alone."""
    system, bar, value = token.rpartition("|")
    return any(held == value and (not bar or of == system) for of, held in _identifiers(resource))


def _identifiers(resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """System and value of each identifier of a resource."""
    rows = resource.get("identifier")
    for row in cast("list[Any]", rows) if isinstance(rows, list) else []:
        held = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
        value, system = held.get("value"), held.get("system")
        if isinstance(value, str):
            yield system if isinstance(system, str) else "", value


def _labelled_test(resource: dict[str, Any]) -> bool:
    meta = resource.get("meta")
    held = cast("dict[str, Any]", meta) if isinstance(meta, dict) else {}
    return any(_is_test_label(label) for name in ("security", "tag") for label in _each(held.get(name)))


def _each(value: Any) -> list[Any]:
    """The values of a list, or of one that stands alone where a list should."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _is_test_label(label: Any) -> bool:
    """Return True if a Coding is HTEST, in any case: what is meant as a test is not pursued for its spelling."""
    held = cast("dict[str, Any]", label) if isinstance(label, dict) else {}
    return str(held.get("code", "")).strip().upper() == s.TEST and held.get("system") in (None, "", *s.ACT_REASONS)


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
    held.see_all()
    return Node(made, reference.path, reference.problems)


def _contained(top: Node) -> list[dict[str, Any]]:
    rows = top.raw("contained")
    if not isinstance(rows, list):
        return []
    return [cast("dict[str, Any]", row) if isinstance(row, dict) else {} for row in cast("list[Any]", rows)]
