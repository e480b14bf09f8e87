"""What a route answers and refuses, as the `responses` of FastAPI's decorators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from shared.api.answer import encode
from shared.api.examples import example_of
from shared.api.refusals import Refusal
from shared.api.schemas import ref

EXAMPLE = "x-example"
"""Where an example's text is kept until the document is made: on its way FastAPI takes members out that are null."""
PROBLEM_MEDIA = "application/problem+json"
Responses = dict[int | str, dict[str, Any]]


def content_of(kind: Any, example: Any = None, *, media: str = "application/json") -> dict[str, Any]:
    """A `content` member: the type's schema, and an example that is made from it where none is given."""
    shown = example_of(kind) if example is None else example
    return {media: {"schema": ref(kind), EXAMPLE: encode(shown).decode()}}


def answers(
    kind: Any,
    *,
    status: int = 200,
    example: Any = None,
    refused: Iterable[Refusal] = (),
    description: str = "",
    media: str = "application/json",
) -> Responses:
    """Declare that a route answers with a struct, or a list or union of structs.

    Args:
        kind: What the body is, in terms of msgspec.
        status: HTTP status of success.
        example: A value of `kind`, or the JSON of one; without it one is made by the members' types and names.
        refused: The problems that this route raises itself. Those of its security scheme, of a request that does not
            fit and of a service that cannot answer are added to the document by themselves.
        description: What the body is; the first line of the struct's docstring where it is left out.
        media: The body's media type.
    """
    text = description or (getattr(kind, "__doc__", None) or "The answer.").split("\n")[0]
    return {status: {"description": text, "content": content_of(kind, example, media=media)}, **refusals(refused)}


def sends(*medias: str, description: str, refused: Iterable[Refusal] = ()) -> Responses:
    """Declare that a route answers with a document of one of these media types, such as a PDF."""
    content = {media: {"schema": {"type": "string", **_format(media)}} for media in medias}
    return {200: {"description": description, "content": content}, **refusals(refused)}


def _format(media: str) -> dict[str, str]:
    return {} if media.startswith("text/") or media.endswith("xml") else {"format": "binary"}


def refusals(refused: Iterable[Refusal]) -> Responses:
    """The responses of these kinds of problems, by status; each kind is an example named by its slug."""
    found: Responses = {}
    for one in refused:
        add_refusal(found, one)
    return found


def add_refusal(responses: dict[Any, dict[str, Any]], one: Refusal, *, key: Any = None) -> None:
    """Add a kind of problem to responses that may have others of the same status."""
    response = responses.setdefault(one.status if key is None else key, {"description": one.detail})
    media = response.setdefault("content", {}).setdefault(PROBLEM_MEDIA, {"schema": ref(Problem)})
    examples = media.setdefault("examples", {})
    examples.setdefault(one.slug, {"summary": one.detail, "value": one.example()})
    if len(examples) > 1:
        response["description"] = "A problem: " + ", ".join(f"`{slug}`" for slug in examples) + "."


class Problem(msgspec.Struct, frozen=True, rename={"kind": "type"}, omit_defaults=True):
    """RFC 9457 problem details. Never repeats a submitted value. Some kinds have further members."""

    kind: str
    title: str
    status: int
    detail: str
    how_to_fix: str = ""
    mend: str = ""
    errors: tuple[Fault, ...] = ()


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that does not fit."""

    field: str = ""
    code: str = ""
    message: str = ""
