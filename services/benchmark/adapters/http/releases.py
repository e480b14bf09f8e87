"""Loading, computing and withdrawing reference releases: for operators, since every tenant is priced by them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, model_validator

from services.benchmark.adapters.http.operators import OPERATORS
from services.benchmark.application.ports import (
    KeptRelease,
    ReferenceReleases,
    ReleaseExists,
    SnapshotOrder,
    UnreadableRelease,
)
from services.benchmark.application.snapshot import NotShared, SnapshotKind
from services.benchmark.domain.distributions import TableKind
from shared.problem import Problem

_LARGEST = 256 * 1024 * 1024
"""Bytes of a release in compact form; those of one year of CMS have some hundred thousand."""


router = APIRouter(prefix="/v1/reference", tags=["benchmark"], dependencies=OPERATORS)
Kind = Annotated[TableKind | Literal["cms"], Query(description="cms, or the kind of a percentile table")]
Name = Annotated[str, Query(min_length=1, max_length=200, description="the release's name, as prices cite it")]


class Kept(BaseModel):
    """A release as it was taken in: `new` unless exactly this one was there; `size` counts what it holds."""

    name: str
    kind: str
    new: bool
    size: dict[str, int]


class Withdrawn(BaseModel):
    """A release that is used no longer; it stays on record."""

    name: str
    kind: str


class NewSnapshot(BaseModel):
    """A percentile table to compute out of the claims: which lines, and the dates of service that it is for."""

    model_config = {"extra": "forbid"}

    kind: SnapshotKind
    name: Annotated[str, Field(min_length=1, max_length=200)]
    received_from: date
    received_to: date
    effective_from: date
    effective_to: date
    minimum: Annotated[int, Field(ge=2, description="fewest lines behind a row")] = 10
    tenants: Annotated[list[str], Field(max_length=1000, description="whose claims")] = []
    agreed: Annotated[str, Field(max_length=500, description="where those of several agree to be pooled")] = ""

    @model_validator(mode="after")
    def _in_order(self) -> NewSnapshot:
        if self.received_from > self.received_to or self.effective_from > self.effective_to:
            raise ValueError("a span ends before it begins")
        return self


_RELEASE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/gzip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/releases", summary="Load a reference release", openapi_extra=_RELEASE)
async def load_release(request: Request, kind: Kind) -> Kept:
    """Load a release in benchmark's compact form, as `reference load` makes it of CMS's files or of a table.

    All of it or nothing; the same again changes nothing. Running services take it in within 30 seconds.
    """
    with _refusals():
        return _shown(await _releases(request).keep(kind, await _body(request)))


@router.post("/withdraw", summary="Withdraw a reference release")
async def withdraw_release(request: Request, kind: Kind, name: Name) -> Withdrawn:
    """Use a loaded release no longer."""
    if not await _releases(request).withdraw(kind, name):
        raise Problem(
            404, "unknown-release", f"no {kind} release {name!r} is in use", how_to_fix="`reference list` shows them"
        )
    return Withdrawn(name=name, kind=kind)


@router.post("/snapshots", summary="Compute a percentile table out of the claims")
async def take_snapshot(request: Request, body: NewSnapshot) -> Kept:
    """Compute a table of what providers charged or payers allowed, and load it as a release."""
    with _refusals():
        kept = await _releases(request).snapshot(msgspec.convert(body.model_dump(), SnapshotOrder))
    if kept is None:
        raise Problem(
            409, "too-few-lines", f"no code has {body.minimum} lines in one place",
            how_to_fix="widen the dates or lower `minimum`",
        )  # fmt: skip
    return _shown(kept)


@contextmanager
def _refusals() -> Generator[None]:
    try:
        yield
    except ReleaseExists as error:
        raise Problem(409, "release-exists", str(error), how_to_fix="a release is never overwritten") from None
    except NotShared as error:
        raise Problem(422, "not-shared", str(error), how_to_fix=error.how_to_fix) from None
    except UnreadableRelease as error:
        raise Problem(
            422, "unreadable-release", str(error), how_to_fix="send what `reference load` of the same version makes"
        ) from None


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _LARGEST:
            raise Problem(
                413, "too-large", f"a release may have {_LARGEST // 1024**2} MiB", how_to_fix="load it in parts"
            )
    return bytes(content)


def _shown(kept: KeptRelease) -> Kept:
    return Kept(**msgspec.structs.asdict(kept))


def _releases(request: Request) -> ReferenceReleases:
    return request.app.state.releases
