"""The rules' tests are run at noon and late in the evening."""

from __future__ import annotations

from tests.unit.time_of_day import time_of_day, twice

pytest_generate_tests = twice
__all__ = ["pytest_generate_tests", "time_of_day"]
