"""The published shape of a JSON claim is the one that is read, and each member goes where it says it goes in an 837.

Which loop an NM1 opens is of the guides: 005010X222A1 (837P) and 005010X223A3 (837I), loops 1000 to 2430.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from typing import Any, NamedTuple

import jsonschema
import msgspec
import pytest

from recoup_x12 import Route, write_claims
from services.intake.adapters.json_api import read_claim
from services.intake.adapters.json_api.reading import Node
from shared.json_claim import INSTITUTIONAL, PROFESSIONAL, JsonClaim
from shared.json_claim.page import Place, places

EXAMPLES = {"837P": PROFESSIONAL, "837I": INSTITUTIONAL}
LOOPS = {
    "837P": {
        "1": {"41": "1000A", "40": "1000B", "85": "2010AA", "87": "2010AB", "IL": "2010BA", "PR": "2010BB",
              "QC": "2010CA"},
        "CLM": {"DN": "2310A", "82": "2310B", "77": "2310C", "DQ": "2310D", "PW": "2310E", "45": "2310F", "DK": "2310"},
        "SBR": {"IL": "2330A", "PR": "2330B"},
        "LX": {"82": "2420A", "77": "2420C", "DQ": "2420D", "DK": "2420E", "DN": "2420F"},
    },
    "837I": {
        "CLM": {"71": "2310A", "72": "2310B", "ZZ": "2310C", "82": "2310D", "77": "2310E", "DN": "2310F"},
        "LX": {"72": "2420A", "ZZ": "2420B", "82": "2420C", "DN": "2420D"},
    },
}  # fmt: skip
IGNORED = {"controlNumber", "claimInformation.serviceLines.assignedNumber"}
SCHEMA = msgspec.json.schema(JsonClaim)


class Segment(NamedTuple):
    loop: str
    name: str
    elements: list[list[str]]


def document(form: str) -> dict[str, Any]:
    return json.loads(msgspec.json.encode(EXAMPLES[form]))


def segments(form: str, body: dict[str, Any]) -> list[Segment]:
    """The 837 of a document, each segment with its loop."""
    claim = read_claim(body).claim
    assert claim is not None
    text = write_claims([claim], Route("A", "B"), 1, datetime(2026, 3, 5))
    found: list[Segment] = []
    loop, level = "", "1"
    for raw in filter(None, text.replace("\n", "").split("~")):
        name, *elements = raw.split("*")
        if name == "HL":
            loop = {"20": "2000A", "22": "2000B", "23": "2000C"}[elements[2]]
        elif name in ("CLM", "LX") or (name == "SBR" and level == "CLM"):
            level, loop = name, {"CLM": "2300", "LX": "2400", "SBR": "2320"}[name]
        elif name == "NM1":
            loop = (LOOPS["837P"] | LOOPS[form])[level][elements[0]]
        elif name in ("LIN", "SVD"):
            loop = {"LIN": "2410", "SVD": "2430"}[name]
        found.append(Segment(loop, name, [element.split(":") for element in elements]))
    return found


def holds(one: Segment, place: str, value: str) -> bool:
    """Whether the value stands at a place such as `REF02 (EI)`, `SV101-2` or `PER04 (TE)`."""
    match = re.fullmatch(r"(\w{2,3})(\d\d)(?:-(\d))?(?: \((\w+)\))?", place)
    assert match, place
    name, element, component, qualifier = match.groups()
    if one.name != name:
        return False
    if name == "HI":  # the members of a list stand one after another
        return any(value in each[int(component) - 1 : int(component)] for each in one.elements)
    if name == "PER" and qualifier:
        return [qualifier] in one.elements and one.elements[one.elements.index([qualifier]) + 1] == [value]
    stands = one.elements[int(element) - 1] if len(one.elements) >= int(element) else []
    if name == "DTP" and not component:
        return one.elements[0] == [qualifier] and value in re.split("-", stands[0])
    if component and name == "CLM" and int(element) == 11:
        return value in stands
    if component:
        return value in stands[int(component) - 1 : (None if component == "3" else int(component))]
    return stands == [value] and (not qualifier or one.elements[0] == [qualifier])


def value_for(schema: dict[str, Any]) -> Any:
    """A value that no example has."""
    if "$ref" in schema:
        return least(schema)
    if "anyOf" in schema:
        return value_for(next(one for one in schema["anyOf"] if one.get("type") != "null"))
    if "enum" in schema:
        return schema["enum"][-1]
    if schema["type"] == "array":
        return [value_for(schema["items"])]
    pattern = schema.get("pattern", "")
    for sample in ("20260117", "17.25", "202601172345", "1745"):
        if pattern and re.fullmatch(pattern, sample):
            return sample
    return "7391854620Q"[: schema["maxLength"]]


def struct_of(schema: dict[str, Any]) -> dict[str, Any]:
    for one in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if "$ref" in one:
            return SCHEMA["$defs"][one["$ref"].rpartition("/")[2]]
    return {}


def least(schema: dict[str, Any]) -> dict[str, Any]:
    struct = struct_of(schema)
    return {name: value_for(struct["properties"][name]) for name in struct.get("required", ())}


def put(body: dict[str, Any], path: list[str]) -> str:
    """Set the member at a path, with what must stand beside it; returns the value as X12 has it."""
    schema: dict[str, Any] = {"$ref": SCHEMA["$ref"]}
    for name in path:
        schema = struct_of(schema)["properties"][name]
        if name == path[-1]:
            break
        if name not in body:
            body[name] = value_for(schema)
        body = body[name][0] if isinstance(body[name], list) else body[name]
    value = next((one for one in schema.get("enum", ()) if one and one != body.get(path[-1])), None) or value_for(
        schema
    )
    if path[-2:-1] == ["lineAdjudicationInformation"] and path[-1] in ("serviceIdQualifier", "procedureModifier"):
        body.setdefault("procedureCode", "99284")
    if path[-1] == "lastName":
        body.pop("organizationName", None)
    if path[-1] == "policyNumber":
        body.pop("groupNumber", None)
    if path[-1] == "dischargeHour":
        body.pop("dischargeDate", None)
    body[path[-1]] = value
    return value[0] if isinstance(value, list) else value


PLACES = {place.path: place for place in places() if place.leaf and place.path not in IGNORED}


PARENTS = sorted({path.rpartition(".")[0] for path in PLACES})


@pytest.mark.parametrize("parent", PARENTS)
def test_each_member_goes_where_it_says(parent: str) -> None:
    said = [astray(place) for path, place in PLACES.items() if path.rpartition(".")[0] == parent]
    assert "\n".join(filter(None, said)) == ""


def astray(place: Place) -> str:
    """What is wrong with where a member says that it stands; empty where a value put there is found there."""
    path = place.path
    if path == "usageIndicator":  # of the envelope, which is not the claim's
        tests = [read_claim(document("837P") | {path: usage}).test for usage in "PT"]
        return "" if tests == [False, True] else path
    tried: list[str] = []
    for form in EXAMPLES:
        loops = place.loops(form)
        if not loops or other_form(path, form):
            continue
        body = document(form)
        before, after = deepcopy(body), body
        value = put(after, path.split("."))
        counts = [
            sum(holds(one, place.element, value) and one.loop in loops for one in segments(form, each))
            for each in (before, after)
        ]
        if counts[1] > counts[0]:
            return ""
        tried.append(f"{path} in {form} {sorted(loops)} {place.element}={value}: {counts}")
    return "; ".join(tried) or f"{path}: nowhere"


def other_form(path: str, form: str) -> bool:
    return ("institutionalService" if form == "837P" else "professionalService") in path


def test_all_that_is_published_is_read_and_all_that_is_read_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    raw = Node.raw

    def noting(self: Node, name: str) -> Any:
        if not name.isdecimal():
            asked.add(re.sub(r"\[\d+\]", "", self.at(name)))
        return raw(self, name)

    monkeypatch.setattr(Node, "raw", noting)
    instead = ("lastName", "policyNumber")  # read where what they stand for is not there
    for form in EXAMPLES:
        body = document(form)
        for path in sorted(PLACES, key=lambda path: path.endswith(instead)):
            if not other_form(path, form):
                put(body, path.split("."))
        assert [p.segment for p in read_claim(body).problems if p.message == "is not read here"] == []
    published = {place.path for place in places()}
    assert published - asked == set()
    # a line's codes are read of either service; `providers` and the kind of a row of it are of the older shape
    names = {path.rpartition(".")[2] for path in asked - published}
    assert names - {path.rpartition(".")[2] for path in published} == {"providerType"}


@pytest.mark.parametrize("form", EXAMPLES)
def test_the_examples_are_sound_and_fit_the_schema(form: str) -> None:
    read = read_claim(document(form))
    assert (read.accepted, read.problems) == (True, ())
    jsonschema.Draft202012Validator(SCHEMA).validate(document(form))


def walk(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for struct in schema["$defs"].values():
        yield from struct["properties"].values()


def test_every_member_says_what_it_is_and_where_it_stands() -> None:
    assert [member for member in walk(SCHEMA) if not (member.get("description") and "x-x12" in member)] == []
