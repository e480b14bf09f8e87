"""No policy decides before it was validated and simulated as it is."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner

from recoup_tools.cli import simulate
from services.settlement.adapters.policies import load_rulebook, load_simulated, shipped_policies, simulation_file
from services.settlement.domain.policy import PolicyError
from services.settlement.main import SettlementSettings, build

app = typer.Typer()
simulate.add_to(app)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A policy of one's own: the standard one under another name."""
    text = (resources.files("services.settlement") / "policies" / "standard.toml").read_text("utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('name = "standard"', 'name = "mine"'))
    return path


def simulated(path: Path, claims: int = 100) -> None:
    done = CliRunner().invoke(app, ["--policy", str(path), "--claims", str(claims), "--record", "--json"])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", shipped_policies())
def test_shipped_policies_were_simulated_as_they_are(name: str) -> None:
    assert load_simulated(name).policy == load_rulebook(name).policy


def test_a_policy_decides_only_after_it_was_simulated_as_it_is(mine: Path) -> None:
    settings = SettlementSettings(
        DATABASE_URL=SecretStr("postgresql://nowhere/none"),  # pyright: ignore[reportCallIssue]
        KAFKA_BOOTSTRAP_SERVERS="nowhere:1",  # pyright: ignore[reportCallIssue]
        settlement_policy=str(mine),
    )
    with pytest.raises(PolicyError, match=r"mine@2026-11 was never simulated: run `recoup simulate --policy"):
        build(settings)
    simulated(mine, claims=99)
    with pytest.raises(PolicyError, match="with 99 disputes, 100 are needed"):
        build(settings)
    simulated(mine)
    build(settings)
    assert load_simulated(str(mine)).policy.name == "mine"
    mine.write_text(mine.read_text() + "\n# one more thought\n")
    with pytest.raises(PolicyError, match="was changed since it was simulated"):
        build(settings)
    simulation_file(str(mine)).write_text("{}")
    with pytest.raises(PolicyError, match="cannot be read"):
        build(settings)


def test_a_wrong_policy_cannot_even_be_simulated(mine: Path) -> None:
    mine.write_text(mine.read_text().replace("floor_share = 0.85", "floor_share = 1.85"))
    done = CliRunner().invoke(app, ["--policy", str(mine), "--record"])
    assert done.exit_code == 2 and "floor_share" in done.output + done.stderr
    assert not simulation_file(str(mine)).exists()
