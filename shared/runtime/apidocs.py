"""`/docs`: the OpenAPI document as a page that needs nothing but itself.

FastAPI's own page runs scripts from a content delivery network, on the origin where people's keys are. This one is
plain HTML with one stylesheet of ours, and a policy that lets nothing else in.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any, cast

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1d2430; }
h1, h2 { line-height: 1.2; }
code, pre { font: 14px/1.4 ui-monospace, monospace; }
pre { background: #f3f5f8; overflow-x: auto; padding: .75rem; }
details { border-bottom: 1px solid #d5dae2; padding: .5rem 0; }
summary { cursor: pointer; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 600; }
table { border-collapse: collapse; }
td, th { border: 1px solid #d5dae2; padding: .25rem .5rem; text-align: left; vertical-align: top; }
"""


def api_docs(app: FastAPI) -> APIRouter:
    """The routes of the page and its stylesheet."""
    router = APIRouter(include_in_schema=False)

    async def docs() -> Response:
        return HTMLResponse(page(app.openapi()), headers=_HEADERS)

    async def style() -> Response:
        return Response(_STYLE, media_type="text/css", headers=_HEADERS)

    router.add_api_route("/docs", docs, methods=["GET"])
    router.add_api_route("/docs/style.css", style, methods=["GET"])
    return router


def page(document: dict[str, Any]) -> str:
    """The document as HTML: operations by tag, then the schemas they name."""
    info = document["info"]
    title = escape(f"{info['title']} {info['version']}")
    by_tag: dict[str, list[str]] = {}
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                by_tag.setdefault((item[method].get("tags") or ["other"])[0], []).append(
                    _operation(method, path, item[method])
                )
    parts = [f"<h2>{escape(tag)}</h2>{''.join(operations)}" for tag, operations in by_tag.items()]
    schemas = document.get("components", {}).get("schemas", {})
    parts += ["<h2>Schemas</h2>", *(_schema(name, schema) for name, schema in sorted(schemas.items()))]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs/style.css"></head>'
        f"<body><h1>{title}</h1><p>{escape(info.get('description', ''))}</p>"
        f'<p>For tools: <a href="/openapi.json">/openapi.json</a></p>{"".join(parts)}</body></html>'
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{'required' if one.get('required') else ''}</td><td>{escape(one.get('description', ''))}</td></tr>"
        for one in operation.get("parameters", [])
    )
    table = f"<table><tr><th>parameter</th><th>in</th><th></th><th></th></tr>{rows}</table>" if rows else ""
    body = operation.get("requestBody")
    answers = "".join(
        f"<tr><td>{escape(status)}</td><td>{escape(answer.get('description', ''))}</td>"
        f"<td>{escape(', '.join(_kinds(answer)))}</td></tr>"
        for status, answer in operation.get("responses", {}).items()
    )
    return (
        f'<details id="{escape(operation.get("operationId", ""))}">'
        f'<summary><span class="method">{method.upper()}</span>'
        f"<code>{escape(path)}</code> {escape(operation.get('summary', ''))}</summary>"
        f"<p>{escape(operation.get('description', ''))}</p>{table}"
        f"{f'<p>Body</p>{_json(body)}' if body else ''}"
        f"<table><tr><th>answer</th><th></th><th></th></tr>{answers}</table></details>"
    )


def _kinds(answer: dict[str, Any]) -> list[str]:
    """Media types of an answer, with the schema's name where it has one."""
    found: list[str] = []
    for media, content in answer.get("content", {}).items():
        schema: dict[str, Any] = content.get("schema", {})
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        found.append(f"{media} ({name})" if name else media)
    return found


def _schema(name: str, schema: Any) -> str:
    return (
        f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>{_json(schema)}</details>'
    )


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(cast('dict[str, Any]', value), indent=2))}</pre>"
