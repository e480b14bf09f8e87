"""Loading, computing and withdrawing reference releases: for operators, since every tenant is priced by them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response

from services.benchmark.adapters.http.operators import OPERATORS
from services.benchmark.application.ports import (
    KeptRelease,
    ReferenceReleases,
    ReleaseExists,
    SnapshotOrder,
    UnreadableRelease,
)
from services.benchmark.application.snapshot import NotShared
from services.benchmark.domain.distributions import TableKind
from shared.api.answer import answer
from shared.api.declared import answers
from shared.api.reading import limited, read_body
from shared.api.refusals import TOO_LARGE, Refusal

_LARGEST = 256 * 1024 * 1024
"""Bytes of a release in compact form; those of one year of CMS have some hundred thousand."""
RELEASE_EXISTS = Refusal(
    409, "release-exists", "Another release has this kind and name.", "a release is never overwritten"
)
NOT_SHARED = Refusal(
    422,
    "not-shared",
    "Claims of organisations that have not agreed would be told to others.",
    "Say in `agreed` where they agree, or name one organisation.",
)
UNREADABLE_RELEASE = Refusal(
    422,
    "unreadable-release",
    "What was sent is no release of this kind.",
    "send what `reference load` of the same version makes",
)
UNKNOWN_RELEASE = Refusal(404, "unknown-release", "No such release is in use.", "`reference list` shows them")
TOO_FEW_LINES = Refusal(
    409, "too-few-lines", "No code has lines enough in one place.", "widen the dates or lower `minimum`"
)

router = APIRouter(prefix="/v1/reference", tags=["benchmark"], dependencies=OPERATORS)
Kind = Annotated[TableKind | Literal["cms"], Query(description="cms, or the kind of a percentile table")]
Name = Annotated[str, Query(min_length=1, max_length=200, description="the release's name, as prices cite it")]


class Withdrawn(msgspec.Struct, frozen=True):
    """A release that is used no longer; it stays on record."""

    name: str
    kind: str


_RELEASE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The release, as `reference load` packs it.",
        "content": {"application/gzip": {"schema": {"type": "string", "format": "binary", "maxLength": _LARGEST}}},
    }
}
_KEPT = KeptRelease("PFS 2026A", "cms", True, {"rvu": 19_000, "gpci": 109})
_ORDER = SnapshotOrder(
    kind="payer_history",
    name="own-2025",
    received_from=date(2025, 1, 1),
    received_to=date(2025, 12, 31),
    effective_from=date(2026, 1, 1),
    effective_to=date(2026, 12, 31),
    tenants=("riverside-em",),
)


@router.post(
    "/releases",
    summary="Load a reference release",
    openapi_extra=_RELEASE,
    responses=answers(KeptRelease, example=_KEPT, refused=[RELEASE_EXISTS, UNREADABLE_RELEASE, TOO_LARGE]),
)
async def load_release(request: Request, kind: Kind) -> Response:
    """Load a release in benchmark's compact form, as `reference load` makes it of CMS's files or of a table.

    All of it or nothing; the same again changes nothing. Running services take it in within 30 seconds.
    """
    with _refusals():
        return answer(await _releases(request).keep(kind, await limited(request, _LARGEST)))


@router.post(
    "/withdraw",
    summary="Withdraw a reference release",
    responses=answers(Withdrawn, example=Withdrawn("own-2025", "payer_history"), refused=[UNKNOWN_RELEASE]),
)
async def withdraw_release(request: Request, kind: Kind, name: Name) -> Response:
    """Use a loaded release no longer."""
    if not await _releases(request).withdraw(kind, name):
        raise UNKNOWN_RELEASE.problem(f"No {kind} release of this name is in use.")
    return answer(Withdrawn(name, kind))


@router.post(
    "/snapshots",
    summary="Compute a percentile table out of the claims",
    responses=answers(KeptRelease, example=_KEPT, refused=[RELEASE_EXISTS, NOT_SHARED, TOO_FEW_LINES]),
)
async def take_snapshot(
    request: Request, body: Annotated[SnapshotOrder, read_body(SnapshotOrder, examples={"a year": _ORDER})]
) -> Response:
    """Compute a table of what providers charged or payers allowed, and load it as a release."""
    with _refusals():
        kept = await _releases(request).snapshot(body)
    if kept is None:
        raise TOO_FEW_LINES.problem(f"No code has {body.minimum} lines in one place.")
    return answer(kept)


@contextmanager
def _refusals() -> Generator[None]:
    try:
        yield
    except ReleaseExists as error:
        raise RELEASE_EXISTS.problem(str(error)) from None
    except NotShared as error:
        raise NOT_SHARED.problem(str(error), how_to_fix=error.how_to_fix) from None
    except UnreadableRelease as error:
        raise UNREADABLE_RELEASE.problem(str(error)) from None


def _releases(request: Request) -> ReferenceReleases:
    return request.app.state.releases
