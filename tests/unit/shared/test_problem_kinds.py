"""Every problem has a kind of its own that callers can tell apart, and the page lists it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recoup.docs_problems import Kind, kinds, kinds_in, problems_page

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('A = Refusal(404, "unknown-a", "No a.", "Read a.")', [Kind("unknown-a", 404, "s", "No a.")]),
        ('raise Problem(409, "busy", f"{n} wait.")', [Kind("busy", 409, "s", "")]),
        ("raise Problem(status, slug, detail)", []),
        ('T = {"not_here": (404, "None is here.", "Look there.")}', [Kind("not-here", 404, "s", "None is here.")]),
        (
            'T = {"reused": (422, "key-reused", "Sent before.", "Send another.")}',
            [Kind("key-reused", 422, "s", "Sent before.")],
        ),
        ('T = {"a": (10, "b", "c")}', []),
        ('raise Other(404, "unknown-a", "No a.")', []),
    ],
)
def test_kinds_are_read_where_they_are_made(text: str, expected: list[Kind]) -> None:
    assert list(kinds_in(text, "s")) == expected


def test_the_page_has_a_row_for_each_kind() -> None:
    found = {kind.slug for kind in kinds(ROOT)}
    rows = [line for line in problems_page(ROOT).splitlines() if line.startswith("| `urn:")]
    assert len(rows) == len(found) > 100
    assert "| `urn:recoup:problem:invalid-request` | 422 | all |" in problems_page(ROOT)


def test_names_of_kinds_are_words_with_hyphens() -> None:
    assert [
        k.slug for k in kinds(ROOT) if not all(part.isalnum() and part == part.lower() for part in k.slug.split("-"))
    ] == []


def test_no_error_leaves_a_service_past_the_problem_document() -> None:
    """FastAPI's own HTTPException has no kind; none is raised."""
    raised = [
        str(path.relative_to(ROOT))
        for path in (*ROOT.glob("services/**/*.py"), *ROOT.glob("shared/**/*.py"))
        if re.search(r"raise (\w+\.)?HTTPException", path.read_text())
    ]
    assert raised == []
