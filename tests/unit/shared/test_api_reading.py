"""Requests read by structs: what does not fit is named by place and by what belongs there, never by what was sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import httpx
import msgspec
import pytest
from fastapi import APIRouter, Depends, FastAPI, Response
from msgspec import Meta

from shared import problem
from shared.api.answer import answer
from shared.api.declared import answers
from shared.api.document import install
from shared.api.reading import read_body, read_query
from shared.api.refusals import Refusal
from shared.api.security import STAFF

SECRET = "Mustermann"


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line."""

    number: Annotated[int, Meta(ge=1, le=999)]
    amount: Decimal = Decimal(0)


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order."""

    on: date
    lines: Annotated[tuple[Line, ...], Meta(max_length=2)] = ()
    colour: Colour = Colour.RED
    kind: Literal["a", "b"] = "a"
    text: Annotated[str, Meta(max_length=5, description="a short text")] = ""


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A search."""

    state: Annotated[tuple[Colour, ...], Meta(max_length=3)] = ()
    since: date | None = None
    exact: bool = False
    after: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0


GONE = Refusal(404, "gone", "It is gone.", "Look elsewhere.")
router = APIRouter(tags=["orders"])


@router.post("/orders", status_code=201, responses=answers(Order, status=201, refused=[GONE]), summary="Order")
async def place_order(
    order: Annotated[Order, read_body(Order, most=200)], _: Annotated[str, Depends(STAFF)]
) -> Response:
    """Place an order."""
    return answer(order, 201)


@router.get("/orders", responses=answers(list[Order]), summary="Orders")
async def list_orders(search: Annotated[Search, read_query(Search)]) -> Response:
    """List orders."""
    return answer(search)


def app() -> FastAPI:
    made = FastAPI(title="orders", version="1", generate_unique_id_function=lambda route: route.name)
    problem.install(made)
    made.include_router(router)
    install(made, description="Orders.", tags={"orders": "Orders."}, members={"Order.on": "the day"})
    return made


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://orders")


FIT = b'{"on":"2026-03-01","lines":[{"number":1,"amount":"1.10"}]}'


async def test_what_fits_is_read_exactly() -> None:
    async with client() as http:
        told = await http.post("/orders", content=FIT)
        assert (told.status_code, told.json()["lines"]) == (201, [{"number": 1, "amount": "1.10"}])
        asked = await http.get("/orders?state=red&state=blue&since=2026-03-01&exact=true&after=9223372036854775807")
        assert asked.json() == {"state": ["red", "blue"], "since": "2026-03-01", "exact": True, "after": 2**63 - 1}
        assert (await http.get("/orders")).json() == {"state": [], "since": None, "exact": False, "after": 0}


@pytest.mark.parametrize(
    ("body", "place", "code", "says"),
    [
        (b"{", "body", "json_invalid", "not JSON"),
        (b"\xff\xfe{}", "body", "json_invalid", "not JSON"),
        (b"[" * 100_000, "", "", ""),  # too large, below
        (b"{}", "body.on", "missing", ""),
        (b'{"on":"Mustermann"}', "body.on", "enum_or_invalid", ""),
        (b'{"on":"2026-03-01","Mustermann":1}', "body", "unknown", "on, lines, colour, kind, text"),
        (b'{"on":"2026-03-01","lines":[{"number":1},{"number":1000}]}', "body.lines.1.number", "invalid", "999"),
        (b'{"on":"2026-03-01","lines":[{"number":"Mustermann"}]}', "body.lines.0.number", "invalid", "int"),
        (b'{"on":"2026-03-01","lines":[{"number":1,"x":1}]}', "body.lines.0", "unknown", "number, amount"),
        (b'{"on":"2026-03-01","lines":[{"number":1},{"number":2},{"number":3}]}', "body.lines", "invalid", "2"),
        (b'{"on":"2026-03-01","colour":"Mustermann"}', "body.colour", "enum", "red, blue"),
        (b'{"on":"2026-03-01","kind":"Mustermann"}', "body.kind", "enum", "a, b"),
        (b'{"on":"2026-03-01","text":"Mustermann"}', "body.text", "invalid", "5"),
    ],
)
async def test_what_does_not_fit_is_told_by_its_place(body: bytes, place: str, code: str, says: str) -> None:
    async with client() as http:
        told = await http.post("/orders", content=body)
    assert SECRET not in told.text
    if not place:
        assert (told.status_code, told.json()["type"]) == (413, "urn:recoup:problem:too-large")
        return
    document = told.json()
    assert (told.status_code, document["type"]) == (422, "urn:recoup:problem:invalid-request")
    (fault,) = document["errors"]
    assert fault["field"] == place
    assert code in ("enum_or_invalid", fault["code"]) and says in fault["message"]
    assert document["how_to_fix"]


@pytest.mark.parametrize("media", ["text/plain", "multipart/form-data; boundary=x", "application/jsonx"])
async def test_another_media_type_is_refused(media: str) -> None:
    async with client() as http:
        told = await http.post("/orders", content=FIT, headers={"Content-Type": media})
    assert (told.status_code, told.json()["type"]) == (415, "urn:recoup:problem:unsupported-media-type")


@pytest.mark.parametrize("media", ["application/json", "Application/JSON; charset=utf-8", "application/ld+json"])
async def test_json_under_any_of_its_names_is_taken(media: str) -> None:
    async with client() as http:
        assert (await http.post("/orders", content=FIT, headers={"Content-Type": media})).status_code == 201


@pytest.mark.parametrize(
    ("query", "place", "says"),
    [
        ("Mustermann=1", "query", "state, since, exact, after"),
        ("state=Mustermann", "query.state.0", "red, blue"),
        ("since=Mustermann", "query.since", ""),
        ("after=-1", "query.after", "0"),
        ("after=9223372036854775808", "query.after", ""),
        ("after=284674140380055404544", "query.after", ""),
        ("exact=Mustermann", "query.exact", ""),
        ("state=red&state=red&state=red&state=red", "query.state", "3"),
    ],
)
async def test_a_query_that_does_not_fit_is_told_by_its_place(query: str, place: str, says: str) -> None:
    async with client() as http:
        told = await http.get(f"/orders?{query}")
    assert SECRET not in told.text
    assert (told.status_code, told.json()["type"]) == (422, "urn:recoup:problem:invalid-request"), told.text
    (fault,) = told.json()["errors"]
    assert fault["field"] == place and says in fault["message"]


def test_the_document_says_what_is_taken_answered_and_refused() -> None:
    document: dict[str, Any] = app().openapi()
    place, asked = document["paths"]["/orders"]["post"], document["paths"]["/orders"]["get"]
    assert (place["operationId"], place["security"]) == ("place_order", [{"staff": []}])
    assert place["requestBody"]["required"]
    assert place["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Order"}
    kinds = {
        (status, slug)
        for status, response in place["responses"].items()
        for slug in response.get("content", {}).get("application/problem+json", {}).get("examples", {})
    }
    assert kinds == {
        ("401", "staff-token-required"), ("404", "gone"), ("408", "too-slow"), ("413", "too-large"),
        ("415", "unsupported-media-type"), ("422", "invalid-request"), ("500", "internal"), ("503", "starting"),
        ("503", "too-many-at-once"),
    }  # fmt: skip
    parameters = {one["name"]: one["schema"] for one in asked["parameters"]}
    assert list(parameters) == ["state", "since", "exact", "after"]
    assert parameters["after"] | {"default": 0} == {
        "type": "integer", "minimum": 0, "maximum": 2**63 - 1, "default": 0
    }  # fmt: skip
    schemas = document["components"]["schemas"]
    assert schemas["Order"]["properties"]["on"]["description"] == "the day"
    assert schemas["Order"]["properties"]["text"]["description"] == "a short text"
    assert "HTTPValidationError" not in schemas


def test_two_schemas_of_one_name_are_refused() -> None:
    class Other(msgspec.Struct, frozen=True):
        """Not the colour."""

    Other.__name__ = "Line"
    made = app()

    @made.get("/others", responses=answers(Other))
    async def list_others() -> None:
        """List others."""

    with pytest.raises(ValueError, match="two schemas have one name"):
        made.openapi()
