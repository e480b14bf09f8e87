"""Benchmark as a process: `python -m services.benchmark.main`.

Hears claims and remittances; emits claim benchmarked and one of underpayment flagged, paid fairly, denied, unjudged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import FastAPI
from pydantic import Field

from services.benchmark.adapters.http.routes import router
from services.benchmark.adapters.shipped import load_policy, shipped_reference
from services.benchmark.adapters.sql.tables import CLAIM_FILES
from services.benchmark.application.fold import BenchmarkFold
from shared.runtime.folding import Folding
from shared.runtime.service import Runtime, create_app, load_settings, run
from shared.settings import Settings

NAME = "benchmark"


class BenchmarkSettings(Settings):
    """Benchmark's own settings."""

    port: int = 8082
    benchmark_policy: Annotated[
        Path | None, Field(description="policy file payments are judged by; without it the newest one shipped")
    ] = None


def build(settings: BenchmarkSettings) -> FastAPI:
    """The application with everything it consumes."""
    reference, policy = shipped_reference(), load_policy(settings.benchmark_policy)

    async def assemble(runtime: Runtime) -> None:
        app.state.reference = reference
        app.state.policy = policy
        runtime.fold(Folding(NAME, BenchmarkFold(reference, policy), CLAIM_FILES))

    app = create_app(NAME, settings, title="Recoup benchmark", routers=[router], assemble=assemble)
    return app


def main() -> None:
    """Run until told to stop."""
    settings = load_settings(BenchmarkSettings)
    run(NAME, build(settings), settings)


if __name__ == "__main__":
    main()
