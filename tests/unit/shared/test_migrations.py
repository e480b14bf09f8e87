"""Which revision a service's schema should have is known without Alembic, and is what Alembic says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from shared.db.migrate import head_of
from shared.db.provision import SERVICES

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("service", SERVICES)
def test_the_head_is_alembics(service: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "services" / service / "migrations"))
    config.set_main_option("path_separator", "os")
    assert head_of(service) == ScriptDirectory.from_config(config).get_current_head()


def test_a_service_starts_without_loading_what_migrates_and_what_exports_traces() -> None:
    asks = (
        "import sys, services.intake.main, shared.db.migrate\n"
        "print([name for name in ('alembic', 'sqlalchemy', 'opentelemetry.sdk', 'httpx') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, cwd=ROOT, check=True)
    assert said.stdout.strip() == "[]"
