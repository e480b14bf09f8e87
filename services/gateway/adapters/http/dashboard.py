"""The dashboard: a few static files that use the API with the key that the person signs in with. No CDN, no build."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.gateway.adapters.http.authenticate import Operator, OpsReader
from services.gateway.adapters.http.responses import describes, json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.application.operations_ports import EndedList, Ops
from shared.problem import Problem
from shared.runtime.operations import Replayed

_FILES = Path(__file__).parent / "dashboard_files"
_MEDIA = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

router = APIRouter()


@router.get("/v1/ops", tags=["ops"], responses={200: describes(Ops)})
async def read_ops(request: Request, who: OpsReader) -> Response:
    """Return throughput per service, dead letters, illegal transitions, stuck claims, deadlines; needs every tenant."""
    if not who.sees_every_tenant:
        raise Problem(403, "forbidden", "The ops view spans all tenants.")
    gateway = Gateway.of(request)
    now = gateway.runtime.clock.now()
    found = await gateway.operations.read(now, gateway.today(now))
    ended = msgspec.convert(await gateway.upstream.ended_lists(), list[EndedList])
    return json_response(request, msgspec.structs.replace(found, ended_lists=ended))


@router.post("/v1/ops/replay", tags=["ops"], responses={200: describes(Replayed)})
async def replay_dead_letters_of(
    request: Request, who: Operator, service: str, claim_id: UUID | None = None
) -> Response:
    """Try a service's dead letters again in order, for one claim or for all; needs every tenant."""
    if not who.sees_every_tenant:
        raise Problem(403, "forbidden", "Dead letters span all tenants.")
    gateway = Gateway.of(request)
    await gateway.accessed(request, who, f"replay {service[:40]}", (), who.tenants)
    begun = gateway.runtime.clock.now()
    counts = await gateway.upstream.replay(service, claim_id)
    if not counts["parked"]:
        await gateway.operations.forget_dead_letters(service, claim_id, begun)
    return json_response(request, Replayed(counts["handled"], counts["parked"]))


@router.get("/", include_in_schema=False)
async def home() -> Response:
    """Serve the dashboard."""
    return RedirectResponse("/dashboard/")


@router.get("/dashboard/{name:path}", include_in_schema=False)
async def dashboard(name: str) -> Response:
    """Serve one of the dashboard's files."""
    path = _FILES / (name or "index.html")
    if path.parent != _FILES or path.suffix not in _MEDIA or not path.is_file():
        raise Problem(404, "not-found", "The dashboard has no such file.")
    return Response(path.read_bytes(), media_type=_MEDIA[path.suffix], headers=_HEADERS)
