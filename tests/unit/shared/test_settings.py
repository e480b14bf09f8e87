"""A setting that is missing or wrong is named as it is set."""

from __future__ import annotations

import pytest

from services.appeals.settings import AppealsSettings
from shared.runtime.service import load_settings


def test_what_is_missing_or_wrong_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DATABASE_URL", "RECOUP_PHI_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECOUP_PARTITIONS", "none")
    with pytest.raises(SystemExit) as ended:
        load_settings(AppealsSettings)
    assert ended.value.code == 2
    named = [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()]
    assert sorted(named) == ["setting DATABASE_URL", "setting RECOUP_PARTITIONS", "setting RECOUP_PHI_KEYS"]
