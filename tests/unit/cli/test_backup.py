"""`recoup restore`: what it says is to be done afterwards is about what was put back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recoup import backup
from recoup.backup import Dumped, Index
from recoup.cli.backup import restore
from recoup.local import LocalStack


@pytest.mark.parametrize(
    ("held", "said"), [(("settlement",), False), (("intake",), True), (("intake", "gateway"), True)]
)
def test_to_send_again_what_came_in_is_said_where_intake_was_put_back(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    held: tuple[str, ...],
    said: bool,
) -> None:
    async def put_back(*_: Any, **__: Any) -> Index:
        return Index(datetime(2026, 11, 29, tzinfo=UTC), tuple(Dumped(one, "0001", "") for one in held))

    monkeypatch.setattr(backup, "restore", put_back)
    monkeypatch.setattr(LocalStack, "admin_dsn", "postgresql://nowhere")
    monkeypatch.setattr(LocalStack, "bootstrap", "nowhere:9092")
    restore(tmp_path, state=tmp_path)
    told = capsys.readouterr().out
    assert "start the services" in told
    assert ("intake: send again" in told) == said
