"""What benchmark's commands ask of the running service, with the operators' token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import httpx
import typer

from shared.commands import CommandError, setting

Address = Annotated[
    str,
    typer.Option(
        "--url", help="where benchmark answers; default: the service on this host", envvar="RECOUP_BENCHMARK_URL"
    ),
]
Token = Annotated[str, typer.Option("--token", help="operators' token", envvar="RECOUP_ADMIN_TOKEN")]
_SECONDS = 600


def ask(
    url: str,
    token: str,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    content: bytes | None = None,
    body: Mapping[str, Any] | None = None,
) -> Any:
    """The service's answer, as JSON.

    Args:
        url: where it answers; empty for what the settings say.
        token: the operators' token; empty for that of the settings.
        method: the HTTP method.
        path: the route.
        query: parameters of the address.
        content: a body of bytes.
        body: a body of JSON.

    Raises:
        CommandError: it does not answer (3), does not know the token (2), or refuses (1).
    """
    address = url or setting("RECOUP_BENCHMARK_URL") or f"http://127.0.0.1:{setting('RECOUP_PORT') or 8082}"
    known = token or setting("RECOUP_ADMIN_TOKEN")
    if not known:
        raise CommandError("no operators' token is known", "set RECOUP_ADMIN_TOKEN as for the service, or --token", 2)
    try:
        answer = httpx.request(
            method,
            f"{address.rstrip('/')}{path}",
            params=query,
            content=content,
            json=body,
            headers={"Authorization": f"Bearer {known}"},
            timeout=_SECONDS,
        )
        answered: Any = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise CommandError(
            f"benchmark does not answer ({type(error).__name__})", "is it up? See RECOUP_BENCHMARK_URL or --url"
        ) from None
    if answer.is_success:
        return answered
    if answer.status_code == 401:
        raise CommandError("benchmark does not know this token", "set RECOUP_ADMIN_TOKEN as for it, or give --token", 2)
    code = 3 if answer.is_server_error else 1
    raise CommandError(str(answered.get("detail", answer.status_code)), str(answered.get("how_to_fix", "")), code)
