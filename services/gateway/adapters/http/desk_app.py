"""The desk: built files that use the API as the person who is signed in. Nothing comes from elsewhere.

Its sources are in `desk/`; `tests/unit/whole/test_desk_files.py` holds the built files to them.
"""

from __future__ import annotations

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from shared.problem import Problem

FILES = Path(__file__).parent / "desk_files"
_MEDIA = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_ZIPPED = {".html", ".js", ".css", ".svg"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; frame-src blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}

router = APIRouter()


class BuiltFile(msgspec.Struct, frozen=True):
    """A built file, as it is and zipped (empty where that saves nothing), with its media type and entity tag."""

    body: bytes
    zipped: bytes
    media: str
    etag: str


@cache
def built() -> dict[str, BuiltFile]:
    """Every built file by its path below `/desk/`, read once: they do not change while the gateway runs."""
    return {str(path.relative_to(FILES)): _read(path) for path in sorted(FILES.rglob("*")) if path.suffix in _MEDIA}


def _read(path: Path) -> BuiltFile:
    body = path.read_bytes()
    zipped = gzip.compress(body, mtime=0) if path.suffix in _ZIPPED else b""
    return BuiltFile(body, zipped, _MEDIA[path.suffix], f'"{sha256(body).hexdigest()[:20]}"')


@router.get("/", include_in_schema=False)
@router.get("/dashboard/", include_in_schema=False)
async def home() -> Response:
    """Lead to the desk, also from the address of before: browsers keep what a bookmark has behind its `#`."""
    return RedirectResponse("/desk/")


@router.get("/desk", include_in_schema=False)
@router.get("/desk/{name:path}", include_in_schema=False)
async def desk(request: Request, name: str = "") -> Response:
    """Serve a built file; the page itself for the address of any view."""
    found = built().get(name)
    if found is None and Path(name).suffix:
        raise Problem(404, "not-found", "The desk has no such file.")
    found = found or built().get("index.html")
    if found is None:
        raise Problem(404, "not-found", "The desk was not built.", how_to_fix="Run `make desk`, which needs Node.")
    headers = {**_HEADERS, "ETag": found.etag}
    if request.headers.get("If-None-Match", "").removeprefix("W/") == found.etag:
        return Response(status_code=304, headers=headers)
    if found.zipped and "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(found.zipped, media_type=found.media, headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.body, media_type=found.media, headers=headers)
