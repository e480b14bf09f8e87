"""Intake as a process: `python -m services.intake.main`.

Hears `edi.inbound` and HTTP; emits claim received / replaced / voided / rejected, remittance received / reversed.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI
from pydantic import Field, SecretStr

from services.intake.adapters.http.routes import router
from services.intake.adapters.interchange import Reception
from services.intake.adapters.kafka.inbound import EdiInbox
from services.intake.adapters.rematch import Rematch
from services.intake.adapters.sql.vault import Vault
from shared.runtime.service import Runtime, create_app, load_settings, run
from shared.settings import Settings


class IntakeSettings(Settings):
    """Intake's own settings."""

    phi_keys: Annotated[
        SecretStr,
        Field(description="keys that seal patient data: base64 of 4 bytes id + 32 bytes key, newest first, by comma"),
    ]
    port: int = 8081


def build(settings: IntakeSettings) -> FastAPI:
    """The application with everything it consumes."""
    vault = Vault(settings.phi_keys.get_secret_value())

    async def assemble(runtime: Runtime) -> None:
        app.state.vault = vault
        app.state.reception = Reception(runtime.units, vault)
        inbox = EdiInbox(vault)
        runtime.consume(inbox)
        runtime.replay = inbox.replay
        runtime.background.append(Rematch(runtime.units, vault).run)

    app = create_app("intake", settings, title="Recoup intake", routers=[router], assemble=assemble)
    return app


def main() -> None:
    """Run until told to stop."""
    settings = load_settings(IntakeSettings)
    run("intake", build(settings), settings)


if __name__ == "__main__":
    main()
