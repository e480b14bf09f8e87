"""The dashboard: a few static files that use the API with the key that the person signs in with. No CDN, no build."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from shared.problem import Problem

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


@router.get("/", include_in_schema=False)
async def home() -> Response:
    """Lead to the desk."""
    return RedirectResponse("/desk/")


@router.get("/dashboard/{name:path}", include_in_schema=False)
async def dashboard(name: str) -> Response:
    """Serve one of the dashboard's files."""
    path = _FILES / (name or "index.html")
    if path.parent != _FILES or path.suffix not in _MEDIA or not path.is_file():
        raise Problem(404, "not-found", "The dashboard has no such file.")
    return Response(path.read_bytes(), media_type=_MEDIA[path.suffix], headers=_HEADERS)
