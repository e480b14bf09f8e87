"""Every operation of every service denies whoever it does not know before it looks at anything else."""

from __future__ import annotations

import base64
import re
import time
from typing import Any

import httpx
import pytest

from recoup_tools.stack import Stack
from shared.db.provision import SERVICES
from shared.staff import Delegate, delegated_token

OPEN = {
    "/healthz/live": "probes of the platform", "/healthz/ready": "probes of the platform",
    "/metrics": "the collector inside the network",
}  # fmt: skip
"""What answers without a credential, and whom. Whatever else does fails the test."""
MAX = Delegate("max", "manager", "default")
GARBAGE = b'{"x":'


def operations(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Method and path of each, with something in the path's places that fits no schema."""
    found = [(method.upper(), path) for path, of in document["paths"].items() for method in of]
    return [(method, path) for method, path in found if path not in OPEN]


def strangers(stack: Stack, service: str) -> dict[str, str]:
    """Credentials that are nobody's here, by what is wrong with them."""
    secret = stack.environment("gateway")["RECOUP_GATEWAY_DESK_TOKEN"]
    other = next(name for name in SERVICES if name != service)
    good = delegated_token(secret, MAX, service=service)
    head, claims, _ = good.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    with pytest.MonkeyPatch.context() as patch:
        now = time.time()
        patch.setattr(time, "time", lambda: now - 3600)
        expired = delegated_token(secret, MAX, service=service)
    return {
        "none": "",
        "empty": "Bearer",
        "of another scheme": f"Basic {base64.b64encode(f'max:{stack.admin_token}'.encode()).decode()}",
        "guessed": "Bearer rcp_000000000000_" + "0" * 64,
        "the operator's, cut short": f"Bearer {stack.admin_token[:-1]}",
        **({} if service == "intake" else {"the desk's own secret": f"Bearer {secret}"}),  # the gateway sends by it
        "signed by a stranger": f"Bearer {delegated_token('another-secret-of-a-desk', MAX, service=service)}",
        "signed by nobody": f"Bearer {unsigned}.{claims}.",
        "cut off": f"Bearer {head}.{claims}.",
        "for another service": f"Bearer {delegated_token(secret, MAX, service=other)}",
        "expired": f"Bearer {expired}",
    }


async def ask(http: httpx.AsyncClient, method: str, path: str, authorization: str) -> httpx.Response:
    """One request in which nothing fits but the credential, if that does."""
    headers = {"Content-Type": "application/json", "X-Tenant": "default"}
    if authorization:
        headers["Authorization"] = authorization
    where = re.sub(r"\{[^}]+\}", "%00'none", path)
    try:
        return await http.request(method, where, content=GARBAGE, params={"limit": "x"}, headers=headers)
    except httpx.TransportError as error:
        return httpx.Response(599, text=f"no answer: {error!r}")


@pytest.mark.parametrize("service", SERVICES)
async def test_strangers_are_denied_before_anything_is_read(running: Stack, service: str) -> None:
    """Whatever the path and the body hold: the credential is looked at first, and the answer says no more."""
    async with httpx.AsyncClient(base_url=running.url(service), timeout=30) as http:
        todo = operations((await http.get("/openapi.json")).json())
        assert len(todo) > 5
        heard: dict[str, str] = {}
        for what, authorization in strangers(running, service).items():
            for method, path in todo:
                answer = await ask(http, method, path, authorization)
                if answer.status_code != 401 or not answer.headers.get("www-authenticate", "").startswith("Bearer"):
                    heard[f"{method} {path}, {what}"] = f"{answer.status_code} {answer.text[:80]}"
        assert heard == {}


@pytest.mark.parametrize("service", SERVICES)
async def test_garbage_of_somebody_known_is_refused_in_words(running: Stack, service: str) -> None:
    """The same requests by the operator: each is understood or refused, none is a fault of ours, none is let in."""
    async with httpx.AsyncClient(base_url=running.url(service), timeout=30) as http:
        heard: dict[str, str] = {}
        for method, path in operations((await http.get("/openapi.json")).json()):
            answer = await ask(http, method, path, f"Bearer {running.admin_token}")
            problem = answer.headers.get("content-type", "").startswith("application/problem+json")
            if answer.status_code == 401 or answer.status_code >= 500 or (answer.is_error and not problem):
                heard[f"{method} {path}"] = f"{answer.status_code} {answer.text[:120]}"
        assert heard == {}
