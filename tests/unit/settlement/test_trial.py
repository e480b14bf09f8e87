"""No policy decides before it was validated and simulated as it is."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib import resources
from pathlib import Path

import msgspec
import pytest
import typer
from msgspec.structs import replace
from pydantic import SecretStr
from typer.testing import CliRunner

from recoup_tools.cli import simulate
from services.settlement.adapters.policies import load_rulebook, load_simulated, shipped_policies, simulation_file
from services.settlement.domain.policy import PolicyError
from services.settlement.domain.policy_simulation import MODELS, PolicySimulation, encode
from services.settlement.main import SettlementSettings, build

app = typer.Typer()
simulate.add_to(app)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A policy of one's own: the standard one under another name."""
    path = tmp_path / "mine.toml"
    path.write_text(mine_text())
    return path


def mine_text() -> str:
    text = (resources.files("services.settlement") / "policies" / "standard.toml").read_text("utf-8")
    return text.replace('name = "standard"', 'name = "mine"')


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> PolicySimulation:
    """The trial of `mine`, as the command writes it."""
    path = tmp_path_factory.mktemp("trial") / "mine.toml"
    path.write_text(mine_text())
    done = CliRunner().invoke(app, ["--policy", str(path), "--claims", "100", "--record", "--json"])
    assert done.exit_code == 0, done.output
    assert set(json.loads(done.stdout)["policies"][str(path)]["stress"]) == {*MODELS, "steep"}
    return msgspec.json.decode(simulation_file(str(path)).read_bytes(), type=PolicySimulation)


@pytest.mark.parametrize("name", shipped_policies())
def test_shipped_policies_were_simulated_as_they_are(name: str) -> None:
    assert load_simulated(name).policy == load_rulebook(name).policy


def test_a_policy_decides_only_after_it_was_simulated_as_it_is(mine: Path, trial: PolicySimulation) -> None:
    kept = simulation_file(str(mine))
    settings = SettlementSettings(
        DATABASE_URL=SecretStr("postgresql://nowhere/none"),  # pyright: ignore[reportCallIssue]
        KAFKA_BOOTSTRAP_SERVERS="nowhere:1",  # pyright: ignore[reportCallIssue]
        settlement_policy=str(mine),
    )
    with pytest.raises(PolicyError, match=r"mine@2026-11 was never simulated: run `recoup simulate --policy"):
        build(settings)
    kept.write_bytes(encode(replace(trial, disputes=99)))
    with pytest.raises(PolicyError, match="with 99 disputes, 100 are needed"):
        build(settings)
    kept.write_bytes(encode(trial))
    build(settings)
    assert load_simulated(str(mine)).policy.name == "mine"
    mine.write_text(mine.read_text() + "\n# one more thought\n")
    with pytest.raises(PolicyError, match="was changed since it was simulated"):
        build(settings)
    simulation_file(str(mine)).write_text("{}")
    with pytest.raises(PolicyError, match="cannot be read"):
        build(settings)


def test_a_trial_under_the_payer_model_of_before_is_void(mine: Path, trial: PolicySimulation) -> None:
    simulation_file(str(mine)).write_bytes(encode(replace(trial, stress={})))
    with pytest.raises(PolicyError, match="is void: it was not played under payers that are fitted, harder, flat, adv"):
        load_simulated(str(mine))


@pytest.mark.parametrize(
    ("net", "at_target", "used"),
    [("98.00", "100.00", True), ("97.99", "100.00", False), ("-0.01", "-5.00", False), ("150.00", "100.00", True)],
)
def test_a_policy_that_loses_under_a_wrong_model_is_not_used(
    mine: Path, trial: PolicySimulation, net: str, at_target: str, used: bool
) -> None:
    harder = replace(trial.stress["harder"], net=Decimal(net), net_at_target=Decimal(at_target))
    kept = encode(replace(trial, stress={**trial.stress, "harder": harder}))
    simulation_file(str(mine)).write_bytes(kept)
    if used:
        load_simulated(str(mine))
    else:
        with pytest.raises(PolicyError, match="if payers are harder: change its idr_offer"):
            load_simulated(str(mine))


@pytest.mark.parametrize("name", shipped_policies())
def test_a_shipped_offer_brings_more_than_the_fair_value(name: str) -> None:
    """At equal filings 15 % more in the fitted model, and no less under any model that is wrong."""
    kept = msgspec.json.decode(simulation_file(name).read_bytes(), type=PolicySimulation)
    fitted = kept.stress["fitted"]
    assert fitted.both_filed >= 50
    assert fitted.net_both >= fitted.net_both_at_target * Decimal("1.15")
    for model, one in kept.stress.items():
        assert one.net >= one.net_at_target, model
        assert one.net_both >= one.net_both_at_target, model


def test_a_wrong_policy_cannot_even_be_simulated(mine: Path) -> None:
    mine.write_text(mine.read_text().replace("floor_share = 0.85", "floor_share = 1.85"))
    done = CliRunner().invoke(app, ["--policy", str(mine), "--record"])
    assert done.exit_code == 2 and "floor_share" in done.output + done.stderr
    assert not simulation_file(str(mine)).exists()
