"""What is written around the code holds together: decisions carry a status, and the site's menu knows every page."""

from __future__ import annotations

import re

import pytest
import yaml

from recoup.docs import ROOT

DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
STATUS = re.compile(r"(Accepted|Proposed|Superseded by \[.+\]\(.+\)), \d{4}-\d{2}-\d{2}\.")


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_number_status_and_day(page) -> None:  # type: ignore[no-untyped-def]
    title, _, status, *rest = page.read_text().splitlines()
    assert title.startswith(f"# {int(page.stem.partition('-')[0])}. ")
    assert STATUS.fullmatch(status), f"{page.name}: the third line gives status and day: 'Accepted, 2026-11-28.'"
    assert any(line.startswith("**Decision.**") for line in rest)


def test_decision_numbers_are_used_once() -> None:
    numbers = [page.stem.partition("-")[0] for page in DECISIONS]
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]


def test_the_changelog_has_a_section_for_the_version_in_force() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert re.search(rf"^## {re.escape(version[1])} - \d{{4}}-\d{{2}}-\d{{2}}$", text, re.MULTILINE)
    assert "## Unreleased" in text


@pytest.mark.parametrize("path", [".github/workflows/ci.yml", ".github/dependabot.yml", ".pre-commit-config.yaml"])
def test_configuration_of_the_project_is_valid_yaml(path: str) -> None:
    assert isinstance(yaml.safe_load((ROOT / path).read_text()), dict)


def test_continuous_integration_runs_what_the_project_runs() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    assert "run: .ci/run" in workflow
    assert "make test" in (ROOT / ".ci/run").read_text()
