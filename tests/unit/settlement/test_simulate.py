"""The simulation runs both services' own rules to an end, the same way every time."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from recoup_tools.cli import simulate
from recoup_tools.simulation.cases import cases_of, made_up_cases
from recoup_tools.simulation.report import summary
from recoup_tools.simulation.world import World, play
from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.settlement.adapters.policies import load_rulebook
from services.settlement.application.decider import SettlementDecider
from services.settlement.domain.account import DecisionRecord, Result
from services.settlement.domain.calibration import Calibration, calibrate
from services.settlement.domain.payer_history import ForumCounts, PayerHistory
from services.settlement.domain.rulebook import Rulebook
from services.settlement.domain.valuation import choose
from shared.events.base import CLAIMS_TOPIC, contract_of
from shared.lifecycle import State, next_state

app = typer.Typer()
simulate.add_to(app)


@pytest.mark.parametrize("approve", [True, False])
def test_every_dispute_ends_and_repeats_itself(approve: bool) -> None:
    cases = made_up_cases(30, seed=3)
    first = play(load_rulebook("standard"), cases, seed=3, approve=approve)
    again = play(load_rulebook("standard"), list(reversed(cases)), seed=3, approve=approve)
    assert sorted(first, key=lambda o: o.claim_id) == sorted(again, key=lambda o: o.claim_id)
    assert not [o for o in first if o.ending.startswith("open")]
    assert all(o.recovered >= 0 for o in first)


def test_a_simulated_life_is_a_legal_life() -> None:
    """Both services' events together follow the claim's state machine and end in its final state."""
    decider, appeals = SettlementDecider(), AppealsDecider(load_rules())
    for case in made_up_cases(50, seed=11):
        world = World(case, decider, appeals, 11, True)
        world.run()
        state = State.NONE
        for event in world.emitted:
            if contract_of(event).topic == CLAIMS_TOPIC:
                after = next_state(state, type(event))
                assert after is not None, f"{type(event).__name__} in {state}"
                state = after
        assert state is State.CLOSED


def learnt(worlds: list[World]) -> PayerHistory:
    """A record of all claims together, as a snapshot would count it."""
    tallies: dict[str, list[Result]] = {}
    for world in worlds:
        for result in world.account.results:
            if result.level:
                tallies.setdefault(result.forum, []).append(result)
    return PayerHistory(
        version="learnt",
        tallies=tuple(
            ForumCounts(forum=forum, decided=len(found), won=sum(r.won for r in found))
            for forum, found in sorted(tallies.items())
        ),
    )


def test_every_decision_of_a_run_replays_under_every_policy_and_record() -> None:
    """From their stored bytes, under two policies and with what was learnt meanwhile: the same choice, and chances of
    winning that come true as often as they say once they were learnt."""
    appeals = AppealsDecider(load_rules())
    actions: set[str] = set()
    said: dict[str, Calibration] = {}
    record = PayerHistory(version="none")
    for name in ("firm", "standard", "standard"):
        book = load_rulebook(name)
        decider = SettlementDecider(Rulebook(book.policy, record, book.fees))
        cases = made_up_cases(120, seed=len(said))  # other disputes each time, with the same payers
        worlds = [World(case, decider, appeals, 21, approve=True) for case in cases]
        outcomes = [world.run() for world in worlds]
        taken = [one for world in worlds for one in world.taken]
        assert len(taken) > 60
        for world in worlds:
            assert [one.number for one in world.taken] == list(range(1, world.account.decisions + 1)), "none is missing"
        for one in taken:
            stored = msgspec.json.decode(msgspec.json.encode(one), type=DecisionRecord)
            assert stored == one and choose(stored.inputs) == one.choice
            assert (one.inputs.policy, one.inputs.record) == (book.policy.label, record.version)
        actions |= {one.choice.action for one in taken}
        said[f"{name}, {record.version}"] = calibrate(f for o in outcomes for f in o.forecasts)
        record = learnt(worlds)
    assert actions == {"accept", "counter", "escalate"}
    assert said["standard, learnt"].verdict == "as often as said", said["standard, learnt"]


def test_policies_differ_on_the_same_disputes() -> None:
    cases = made_up_cases(50, seed=5)
    one, other = (summary(play(load_rulebook(p), cases, seed=5, approve=True)) for p in ("standard", "firm"))
    assert one["paid at first"] == other["paid at first"]
    assert one["recovered"] != other["recovered"]


def test_history_from_a_file_is_the_same_as_its_events(tmp_path: Path) -> None:
    cases = made_up_cases(5, seed=1)
    lines = [
        json.dumps({"type": contract_of(e).type, "data": json.loads(msgspec.json.encode(e))})
        for case in cases
        for e in case.events
    ]
    assert cases_of(e for case in cases for e in case.events) == sorted(cases, key=lambda c: c.claim_id)
    history = tmp_path / "history.ndjson"
    history.write_text("\n".join(lines))
    done = CliRunner().invoke(app, ["--policy", "standard", "--history", str(history), "--json"])
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    standard, first = told["policies"]["standard"], told["first payment accepted"]
    assert standard["disputes"] == first["disputes"] == 5 and standard["paid at first"] == first["paid at first"]
    assert (first["recovered"], first["fees"], first["IDR initiated"]) == ("0", "0", 0)
    assert standard["policy"]["label"].startswith("standard@") and len(standard["policy"]["sha256"]) == 64
    gain = Decimal(standard["recovered"]) - Decimal(standard["fees"])
    assert standard["uplift after fees"]["dollars"] == str(gain)
    table = CliRunner().invoke(app, ["--policy", "standard", "--policy", "firm", "--history", str(history)])
    assert table.exit_code == 0 and "over accepting" in table.stdout and "said and seen" in table.stdout
    assert standard["calibration"]["n"] == sum(b["n"] for b in standard["calibration"]["bins"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--policy", "nonsense"], "there are: firm, standard"),
        (["--policy", "standard", "--history", "missing.ndjson"], "missing.ndjson"),
    ],
)
def test_what_is_wrong_is_said_with_exit_code_2(arguments: list[str], says: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2 and says in done.output + done.stderr
