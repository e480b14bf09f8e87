"""The network as the commands see it, scripted: what is asked of which service, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from recoup.cli import main
from recoup.local import State

Answer = Callable[[httpx.Request], httpx.Response]
PORTS = {"gateway": 8080, "intake": 8081, "benchmark": 8082, "appeals": 8083, "settlement": 8084, "postgres": 15432}


def _at_once(*_: object) -> float:
    return 0.0


def wired(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> list[httpx.Request]:
    """Let `answer` stand for every server; returns what is asked, as it comes."""
    asked: list[httpx.Request] = []

    def handle(_: Any, request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        return answer(request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    monkeypatch.setattr("recoup_client.policy.Retries.pause", _at_once)
    for name in ("RECOUP_GATEWAY_URL", "RECOUP_TOKEN", "RECOUP_TENANT", "RECOUP_INTAKE_URL", "RECOUP_INTAKE_TOKEN",
                 "DATABASE_URL", "RECOUP_STATE_DIR", "RECOUP_BENCHMARK_URL",
                 "RECOUP_ADMIN_TOKEN"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    return asked


def known_stack(folder: Path) -> Path:
    """The state directory of a stack that was started once."""
    state = State(PORTS, admin_password="p", passwords=dict.fromkeys(PORTS, "s"), phi_keys="k", admin_token="t")
    (folder / "stack.json").write_bytes(msgspec.json.encode(state))
    return folder


def recoup(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """What `recoup WORDS` ends with."""
    monkeypatch.setattr("sys.argv", ["recoup", *words])
    try:
        main()
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        return ended.code
    return 0


def problem(status: int, slug: str, detail: str, **more: Any) -> httpx.Response:
    """A service's refusal."""
    body = {"type": f"urn:recoup:problem:{slug}", "status": status, "detail": detail, **more}
    return httpx.Response(status, json=body, headers={"content-type": "application/problem+json"})
