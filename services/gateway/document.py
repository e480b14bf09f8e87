"""The OpenAPI document as it is checked in: `python -m services.gateway.document` writes docs/api/gateway.json."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from pydantic import SecretStr

from services.gateway.main import build
from services.gateway.settings import GatewaySettings

PATH = Path(__file__).resolve().parents[2] / "docs" / "api" / "gateway.json"


def render() -> str:
    """The document, in a stable order; nothing is connected to."""
    settings = GatewaySettings(
        DATABASE_URL=SecretStr("postgresql://nobody@localhost/none"),  # pyright: ignore[reportCallIssue]
        phi_keys=SecretStr(base64.urlsafe_b64encode(bytes(36)).decode()),
    )
    return json.dumps(build(settings).openapi(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(render())
