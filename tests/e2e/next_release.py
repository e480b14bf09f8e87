"""The release after this one, made of this one by what a release may do: a field of events and states, and migrations.

Intake says in every claim's facts what this release has no field for; every service's schema has a column more.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from shared.db.migrate import head_of
from shared.db.provision import SERVICES

ROOT = Path(__file__).parents[2]
FIELD = "of_the_next_release"
REVISION = "9999"
STATES = {"benchmark": "claim_files", "appeals": "cases", "settlement": "accounts", "gateway": "claims"}
_TABLES = {"intake": "claims", **STATES}
_MIGRATION = '''"""A column of the next release, which nobody of the release before writes."""

from alembic import op

revision = "{revision}"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {field} text DEFAULT 'none'")
'''


def next_release(folder: Path) -> Path:
    """A source tree of it in `folder`."""
    for part in ("services", "shared", "packages/x12/src"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    _insert(folder / "shared/events/claims.py", r"class ClaimFacts\(.*?(?=\n\n\nclass )", f'\n    {FIELD}: str = ""')
    _insert(folder / "services/intake/domain/facts.py", r"return ClaimFacts\(", f'\n        {FIELD}="said",')
    for service in SERVICES:
        migration = folder / "services" / service / "migrations" / "versions" / f"{REVISION}_next.py"
        text = _MIGRATION.format(revision=REVISION, head=head_of(service), table=_TABLES[service], field=FIELD)
        migration.write_text(text)
    return folder


def _insert(file: Path, after: str, text: str) -> None:
    """Put text behind the first place that fits."""
    before = file.read_text()
    found = re.search(after, before, re.DOTALL)
    assert found is not None, f"{file} holds nothing like {after}"
    file.write_text(before[: found.end()] + text + before[found.end() :])
