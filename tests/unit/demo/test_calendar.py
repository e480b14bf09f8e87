"""When the demo takes the stack to be quiet: only then may its calendar jump."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import TopicPartition

from recoup_tools.demo.calendar import Calendar
from recoup_tools.stack import Stack

AT = TopicPartition("recoup.claims.v1", 0)


def asked(monkeypatch: pytest.MonkeyPatch, name: str, answers: Sequence[object]) -> None:
    """Let the calendar hear these answers, one after the other; faults are raised."""
    left = list(answers)

    async def answer(*_: Any) -> object:
        told = left.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    monkeypatch.setattr(Calendar, name, answer)


@pytest.mark.parametrize(
    ("outboxes", "ends", "at_end", "quiet"),
    [
        ((True, True), ({AT: 7}, {AT: 7}), True, True),
        ((False,), (), True, False),
        ((True, False), ({AT: 7},), True, False),
        ((True,), ({AT: 7},), False, False),
        # handled, committed, published and gone from the outbox, all between the questions: the log tells it
        ((True, True), ({AT: 7}, {AT: 8}), True, False),
        ((OSError(),), (), True, False),
    ],
)
async def test_quiet(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    outboxes: Sequence[object],
    ends: Sequence[object],
    at_end: bool,
    quiet: bool,
) -> None:
    asked(monkeypatch, "_outboxes_empty", outboxes)
    asked(monkeypatch, "_ends", ends)
    asked(monkeypatch, "_groups_at", [at_end])
    assert await Calendar(Stack(tmp_path)).quiet() is quiet


async def test_while_the_database_is_away_the_calendar_stands_and_nobody_takes_that_for_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked(monkeypatch, "_next_due", [asyncpg.CannotConnectNowError(), None])
    calendar = Calendar(Stack(tmp_path))
    assert await calendar.step() is True
    assert calendar.days_moved == 0
    assert await calendar.step() is False
