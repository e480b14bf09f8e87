"""The page of the shape: every member, what it is and where it stands in an 837; and its JSON schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import msgspec

from shared.json_claim.claim import JsonClaim
from shared.json_claim.examples import INSTITUTIONAL, PROFESSIONAL
from shared.json_claim.places import PLACE

Schema = dict[str, Any]
_LOOP = re.compile(r"\b\d{4}[A-Z]{0,2}\b")
_HEAD = """# A claim as JSON

Generated from `shared/json_claim`. `POST /v1/claims` takes one claim, `POST /v1/claims/bulk` one a line (NDJSON); the
JSON schema is [json-claim.schema.json](json-claim.schema.json), and both routes name it in their OpenAPI document. What
becomes of the claim is in the answer: its id, or each problem at its JSON path with how to fix it.

- Texts are strings; numbers are taken as they are written. Amounts are dollars, exact: send them as strings.
- Days are `CCYYMMDD` or `CCYY-MM-DD`. A member that is empty and one that is left out are the same.
- A member that is not named here is told as not read, and changes nothing.
- `"usageIndicator": "T"` makes a test: checked and answered, without any other effect.
- The older shape, with its parties in an array `providers` by `providerType`, is read as well.
- To replace or void a claim, send it with `claimFrequencyCode` 7 or 8, and the payer's number as `claimControlNumber`.
- The last column says where a member stands in an 837: segment and element, with the qualifier in brackets, within the
  loop of the member that leads to it (`claimInformation` is loop 2300); `837I` where an institutional claim differs.
- A dental claim (837D) has no JSON shape: send X12.

"""


class Place(msgspec.Struct, frozen=True):
    """A member at a path: what it is, and where it stands.

    Attributes:
        path: Names from the top, with dots; lists have no index.
        text: What it is.
        kind: Its type, and how long it may be.
        required: Whether its object must have it.
        loop: As the nearest member says it: the loop of an 837P, after `; 837I` that of an 837I.
        element: Segment and element, with the qualifier; empty of objects.
    """

    path: str
    text: str
    kind: str
    required: bool
    loop: str
    element: str

    @property
    def leaf(self) -> bool:
        """True if it holds a value."""
        return self.kind not in ("object", "objects")

    def loops(self, form: str) -> set[str]:
        """The loops that it may stand in, of an 837P or 837I; none where that form does not have it."""
        both, marked, institutional = self.loop.partition("837I")
        text = institutional if marked and form == "837I" else both
        found = set(_LOOP.findall(text))
        return found | {"2000A"} if self.element == "PRV03" and "2010AA" in found else found


def schema() -> Schema:
    """The JSON schema of a claim."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A claim as JSON",
        **msgspec.json.schema(JsonClaim),
    }


def places() -> Iterator[Place]:
    """Every member, outer ones before what they hold."""
    whole = schema()
    yield from _below(_struct(whole, whole), whole, "", "")


def _below(struct: Schema, whole: Schema, path: str, loop: str) -> Iterator[Place]:
    required = set(struct.get("required", ()))
    for name, member in struct["properties"].items():
        said = str(member.get(PLACE, ""))
        own, element = _split(said)
        inner = _struct(member, whole)
        here = f"{path}{name}"
        yield Place(here, str(member["description"]), _kind(member, inner), name in required, own or loop, element)
        if inner:
            yield from _below(inner, whole, f"{here}.", own or loop)


def _split(said: str) -> tuple[str, str]:
    """The loop and the element that a member names; a member of a loop names only its element."""
    if not _LOOP.search(said):
        return "", said
    loop, _, element = said.rpartition(" ")
    return (said, "") if _LOOP.fullmatch(element) or not loop else (loop, element)


def _struct(member: Schema, whole: Schema) -> Schema:
    name = _name(member)
    return whole["$defs"][name] if name else {}


def _name(member: Schema) -> str:
    """The object that a member is or lists; empty of values."""
    for one in (member, cast("Schema", member.get("items", {})), *cast("list[Schema]", member.get("anyOf", []))):
        if "$ref" in one:
            return str(one["$ref"]).rpartition("/")[2]
    return ""


def _kind(member: Schema, inner: Schema) -> str:
    if inner:
        return "objects" if member.get("type") == "array" else "object"
    if "enum" in member:
        return ", ".join(f"`{value}`" for value in cast("list[str]", member["enum"]) if value)
    if member.get("type") == "array":
        return f"up to {member['maxItems']} texts"
    return f"text, {member['maxLength']}" if "maxLength" in member else "text"


def page() -> str:
    """The page, in Markdown: a table for each object, the claim first."""
    whole = schema()
    lines = [_HEAD.rstrip()]
    waiting, shown = [whole["$ref"].rpartition("/")[2]], set[str]()
    while waiting:
        name = waiting.pop(0)
        if name in shown:
            continue
        shown.add(name)
        struct: Schema = whole["$defs"][name]
        lines += ["", f"## {name}", "", str(struct["description"]), "", "| member | what it is | type | 837 |"]
        lines.append("|---|---|---|---|")
        for member, said in struct["properties"].items():
            inner = _name(said)
            waiting += [inner] if inner else []
            several = ", several" if said.get("type") == "array" else ""
            kind = f"[{inner}](#{inner.lower()}){several}" if inner else _kind(said, {})
            mark = " **required**" if member in struct.get("required", ()) else ""
            lines.append(f"| `{member}`{mark} | {said['description']} | {kind} | {said[PLACE]} |")
    for title, example in (("A professional claim", PROFESSIONAL), ("An institutional claim", INSTITUTIONAL)):
        lines += ["", f"## {title}", "", "```json", pretty(example).rstrip(), "```"]
    return "\n".join(lines) + "\n"


def pretty(value: Any) -> str:
    """JSON as it is read."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
