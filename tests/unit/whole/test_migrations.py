"""Migrations newer than the last release run beside it: they hold no table for long, and take nothing away from it.

Old replicas serve while a migration runs, and go on afterwards until they are replaced. So a statement may not rewrite
a table that is there, nor read all of it under a lock that keeps others out, nor remove or rename what the release
before uses. What is no longer used goes one release later, when nobody uses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from shared.db import migrate
from shared.db.provision import SERVICES

RELEASED = {"intake": "0022", "benchmark": "0009", "appeals": "0014", "settlement": "0010", "gateway": "0016"}
"""The newest migration of each service in the last release. What came before it is not looked at: it has run."""
VERSIONS = Path(migrate.__file__).parents[2] / "services"
_NAME = r'"?([\w.]+)"?'
_CREATED = re.compile(rf"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?{_NAME}", re.IGNORECASE)
_ALTERED = re.compile(rf"^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?{_NAME}", re.IGNORECASE)
_INDEXED = re.compile(rf"^CREATE (?:UNIQUE )?INDEX .*?\bON (?:ONLY )?{_NAME}", re.IGNORECASE)
_WRITTEN = re.compile(rf"^(?:UPDATE|DELETE FROM|INSERT INTO) {_NAME}", re.IGNORECASE)
_VOLATILE = re.compile(r"DEFAULT\s+\(?(gen_random_uuid|random|clock_timestamp|uuid\w*|nextval)", re.IGNORECASE)


def refusal(statement: str, made: set[str]) -> str:
    """Why a statement may not run beside the release before, or nothing; `made` are tables of the same migrations."""
    text = " ".join(statement.split())
    made |= {found.lower() for found in _CREATED.findall(text)}
    table = next((m.group(1).lower() for p in (_ALTERED, _INDEXED, _WRITTEN) if (m := p.match(text))), "")
    if table in made:
        return ""
    upper = text.upper()
    if re.match(r"(DROP (TABLE|SCHEMA|VIEW|TYPE)|TRUNCATE)\b", upper):
        return "the release before uses it: drop it one release later"
    if re.match(r"(LOCK|VACUUM FULL|CLUSTER|REINDEX (?!.*CONCURRENTLY))", upper):
        return "it keeps everybody out of a table"
    if _INDEXED.match(text) and "CONCURRENTLY" not in upper:
        return "an index on a table that is there is made CONCURRENTLY"
    if _WRITTEN.match(text) and not upper.startswith("INSERT") and " WHERE " not in upper:
        return "it writes every row: fill it in batches, beside the running services"
    return _of_a_table(text, upper) if _ALTERED.match(text) else ""


def _of_a_table(text: str, upper: str) -> str:
    if re.search(r"ALTER (COLUMN )?\S+ (SET DATA )?TYPE\b", upper):
        return "it rewrites the table: add a column and fill it in batches"
    if re.search(r"\bDROP (COLUMN )?(?!CONSTRAINT|DEFAULT|NOT NULL|EXPRESSION|IDENTITY)", upper):
        return "the release before writes it: drop it one release later"
    if " RENAME " in upper:
        return "the release before knows it by its name"
    if re.search(r"\bSET NOT NULL\b", upper):
        return "it reads the whole table: add a CHECK … NOT VALID, validate it, and then"
    if re.search(r"\bADD (CONSTRAINT \S+ )?(PRIMARY KEY|UNIQUE|EXCLUDE)", upper) and "USING INDEX" not in upper:
        return "it makes an index under a lock: make that CONCURRENTLY and add it USING INDEX"
    if re.search(r"\bADD CONSTRAINT \S+ (CHECK|FOREIGN KEY)", upper) and "NOT VALID" not in upper:
        return "it reads the whole table: add it NOT VALID and validate it after that"
    if _VOLATILE.search(text):
        return "it rewrites the table: the default is another one for each row"
    if re.search(r"\bADD (COLUMN )?.*\bNOT NULL\b", upper) and "DEFAULT" not in upper:
        return "what the release before writes has no value for it: give it a default"
    return ""


class Recorder:
    """Stands for Alembic's `op`, and keeps what it is told to execute."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute(self, statement: object) -> None:
        self.statements += [one for one in str(statement).split(";") if one.strip()]


def newer(service: str) -> Iterator[tuple[str, list[str]]]:
    """(file, statements) of each migration after the last release, in their order."""
    for path in sorted((VERSIONS / service / "migrations" / "versions").glob("[0-9]*.py")):
        if path.stem[:4] <= RELEASED[service]:
            continue
        spec = spec_from_file_location(f"migration_{service}_{path.stem}", path)
        assert spec is not None and spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        recorder = Recorder()
        module.op = recorder  # type: ignore[attr-defined]
        module.upgrade()
        yield path.name, recorder.statements


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_newer_than_the_release_runs_beside_it(service: str) -> None:
    made: set[str] = set()
    for name, statements in newer(service):
        assert statements, f"{name} does nothing that this test sees: use op.execute"
        for statement in statements:
            assert (why := refusal(statement, made)) == "", f"{service} {name}: {why}: {statement}"


@pytest.mark.parametrize("service", SERVICES)
def test_the_released_migration_is_there(service: str) -> None:
    assert RELEASED[service] in migrate.revisions_of(service)


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        ("ALTER TABLE claims ADD COLUMN note text NOT NULL DEFAULT ''", ""),
        ("ALTER TABLE claims ADD COLUMN note text", ""),
        ("ALTER TABLE claims ALTER COLUMN note SET DEFAULT 'x'", ""),
        ("ALTER TABLE claims ALTER COLUMN note DROP NOT NULL", ""),
        ("ALTER TABLE claims ADD CONSTRAINT c CHECK (note <> '') NOT VALID", ""),
        ("ALTER TABLE claims VALIDATE CONSTRAINT c", ""),
        ("CREATE INDEX CONCURRENTLY i ON claims (note)", ""),
        ("CREATE TABLE fresh (id uuid PRIMARY KEY)", ""),
        ("UPDATE settings SET kind = 'x' WHERE kind = 'y'", ""),
        ("ALTER TABLE claims ADD COLUMN note text NOT NULL", "no value"),
        ("ALTER TABLE claims ADD COLUMN id uuid DEFAULT gen_random_uuid()", "another one for each row"),
        ("ALTER TABLE claims ALTER COLUMN note TYPE bytea USING note::bytea", "rewrites"),
        ("ALTER TABLE claims ALTER note SET DATA TYPE text", "rewrites"),
        ("ALTER TABLE claims ALTER COLUMN note SET NOT NULL", "reads the whole"),
        ("ALTER TABLE claims ADD PRIMARY KEY (id)", "USING INDEX"),
        ("ALTER TABLE claims ADD CONSTRAINT c CHECK (note <> '')", "NOT VALID"),
        ("ALTER TABLE claims DROP COLUMN note", "one release later"),
        ("ALTER TABLE claims RENAME COLUMN note TO remark", "by its name"),
        ("CREATE UNIQUE INDEX i ON claims (note)", "CONCURRENTLY"),
        ("DROP TABLE claims", "one release later"),
        ("UPDATE claims SET note = 'x'", "every row"),
        ("LOCK TABLE claims", "keeps everybody out"),
    ],
)
def test_what_may_run_beside_the_release_before(statement: str, refused: str) -> None:
    why = refusal(statement, set())
    assert (refused in why) if refused else why == ""


def test_tables_of_the_same_release_are_nobodys_yet() -> None:
    made: set[str] = set()
    assert refusal("CREATE TABLE fresh (id uuid)", made) == ""
    assert refusal("CREATE INDEX i ON fresh (id)", made) == ""
    assert refusal("ALTER TABLE fresh ADD PRIMARY KEY (id)", made) == ""
