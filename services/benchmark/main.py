"""Benchmark as a process: `python -m services.benchmark.main`.

Handles claims and remittances; emits claim benchmarked and one of underpayment flagged, paid fairly, denied, unjudged.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import asyncpg
from fastapi import FastAPI
from pydantic import Field, SecretStr

from services.benchmark.adapters.http import analysis as analysis_routes
from services.benchmark.adapters.http import releases as release_routes
from services.benchmark.adapters.http.members import MEMBERS
from services.benchmark.adapters.http.routes import router
from services.benchmark.adapters.shipped import load_policy, qpa_increases, shipped_reference
from services.benchmark.adapters.sql.claim_files import Reader, SqlClaimFilesOpener
from services.benchmark.adapters.sql.files import SqlClaimStream
from services.benchmark.adapters.sql.references import Releases
from services.benchmark.adapters.sql.release_store import SqlReferenceReleases
from services.benchmark.adapters.sql.tables import CLAIM_FILES
from services.benchmark.application.analysis import Analysis
from services.benchmark.application.decider import BenchmarkDecider
from shared.api.refusals import STAFF_TOKEN
from shared.db.pool import TRANSIENT
from shared.runtime.batch_processor import BatchProcessor
from shared.runtime.service import Runtime, create_app, load_settings, run
from shared.settings import Settings
from shared.staff import Staff, StaffError, parse_staff

NAME = "benchmark"


class BenchmarkSettings(Settings):
    """Benchmark's own settings."""

    port: int = 8082
    benchmark_policy: Annotated[
        Path | None, Field(description="policy file payments are judged by; without it the newest one shipped")
    ] = None
    benchmark_staff: Annotated[
        SecretStr,
        Field(
            description="who may ask for quotes and assessments: name:token, or gateway:desk:token, by comma; "
            "tokens of 16 characters"
        ),
    ] = SecretStr("")


def build(settings: BenchmarkSettings) -> FastAPI:
    """The application with everything it consumes; a faulty policy is raised here, at once."""
    decider = BenchmarkDecider(shipped_reference(), load_policy(settings.benchmark_policy))
    releases = Releases()
    staff = Staff(
        settings.benchmark_staff.get_secret_value(),
        settings.admin_token.get_secret_value(),
        setting="RECOUP_BENCHMARK_STAFF",
        service=NAME,
    )

    async def assemble(runtime: Runtime) -> None:
        app.state.decider = decider
        processor = BatchProcessor(NAME, decider, CLAIM_FILES)
        app.state.files = SqlClaimFilesOpener(runtime.units, processor)
        app.state.reader = Reader(runtime.pool)
        app.state.releases = SqlReferenceReleases(runtime.pool, runtime.clock)
        app.state.analysis = Analysis(SqlClaimStream(runtime.pool), decider, qpa_increases())
        await _follow_once(runtime, decider, releases)
        runtime.process(processor)
        runtime.background.append(lambda: _follow(runtime, decider, releases))

    app = create_app(
        NAME,
        settings,
        title="Recoup benchmark",
        routers=[router, release_routes.router, analysis_routes.router],
        assemble=assemble,
        description="What a paid line is worth, how a payment was judged by that, and the reference it is judged by.",
        tags={"benchmark": "Quotes, assessments, reference releases, and questions over all payments."},
        members=MEMBERS,
        known=staff.known,
        refused=(STAFF_TOKEN,),  # also where only operators may ask: whoever is unknown is not told so much
    )
    app.state.staff = staff
    return app


async def _follow_once(runtime: Runtime, decider: BenchmarkDecider, releases: Releases) -> None:
    async with runtime.pool.acquire() as conn:
        found = await releases.refresh(conn)
    if found is not None:
        decider.learn(found)


async def _follow(runtime: Runtime, decider: BenchmarkDecider, releases: Releases) -> None:
    """A release may be loaded or withdrawn at any time."""
    while True:
        await asyncio.sleep(30)
        try:
            await _follow_once(runtime, decider, releases)
        except (*TRANSIENT, asyncpg.PostgresError):
            continue


def main() -> None:
    """Run until told to stop; exit code 2 where a policy or setting is wrong."""
    settings = load_settings(BenchmarkSettings)
    try:
        parse_staff(settings.benchmark_staff.get_secret_value())
    except StaffError as error:
        sys.stderr.write(f"setting RECOUP_BENCHMARK_STAFF: {error} (see docs/settings.md)\n")
        raise SystemExit(2) from None
    try:
        app = build(settings)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"benchmark cannot start: {error}\n")
        raise SystemExit(2) from None
    run(NAME, app, settings)


if __name__ == "__main__":
    main()
