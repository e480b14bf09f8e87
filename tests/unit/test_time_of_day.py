"""Which modules of tests are run at both hours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.time_of_day import lives_at_an_hour

_UNIT = Path(__file__).parent


@pytest.mark.parametrize(
    ("module", "both"),
    [
        ("settlement/world.py", True),  # asks for the instant
        ("settlement/test_offers.py", True),  # imports it
        ("appeals/test_papers.py", False),  # what a page looks like
        ("appeals/test_calendar.py", False),  # counts from days that are given
    ],
)
def test_modules_that_ask_for_the_instant_are_run_at_both_hours(module: str, both: bool) -> None:
    assert lives_at_an_hour(_UNIT / module) is both


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("from tests.unit.time_of_day import instant_on", True),
        ("def test_it() -> None:\n    from tests.unit.time_of_day import instant_on", True),
        ("from tests.unit.settlement import world", True),
        ("from tests.unit.settlement.world import World", True),
        ("import tests.unit.settlement.world", True),
        ("from tests.unit.time_of_day import twice", False),
        ("from datetime import date", False),
    ],
)
def test_imports_are_followed(tmp_path: Path, text: str, both: bool) -> None:
    (tmp_path / "test_one.py").write_text(text)
    assert lives_at_an_hour(tmp_path / "test_one.py") is both
