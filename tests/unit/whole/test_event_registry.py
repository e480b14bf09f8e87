"""Every event is whole: contract, what it does to a claim's state, sentence, and a handler wherever it is heard.

An event that a service has no handler for is refused as just that, never as something else.
"""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain import dispute_selection
from services.benchmark.adapters.shipped import load_policy, shipped_reference
from services.benchmark.application.decider import BenchmarkDecider
from services.gateway.application.decider import ClaimViewDecider
from services.gateway.domain import amounts, project, pursuit
from services.gateway.domain.narrative import WORDS
from services.gateway.domain.view import Identifier
from services.settlement.application.decider import SettlementDecider
from services.settlement.domain import claim_disputes
from shared.decider import IllegalTransition
from shared.events.base import (
    CLAIMS_TOPIC,
    EDI_OUTBOUND_TOPIC,
    PAYER_INBOUND_TOPIC,
    Contract,
    Envelope,
    Event,
    contract,
    contracts,
    scope_of,
)
from shared.events.life import DisputeScope, State, Transition
from shared.lifecycle import next_state
from tests.unit.whole.world import CLAIM, Whole, line, payment


def _nobody(tenant: str, claim_id: str, field: str, value: str) -> Identifier:
    return Identifier()


ON_THE_LOG = [c for c in contracts() if c.topic == CLAIMS_TOPIC]
FROM_PAYERS = [c for c in contracts() if c.topic == PAYER_INBOUND_TOPIC]
DECIDERS: dict[str, Any] = {
    "benchmark": BenchmarkDecider(shipped_reference(), load_policy()),
    "appeals": AppealsDecider(load_rules()),
    "settlement": SettlementDecider(),
    "gateway": ClaimViewDecider(_nobody),
}
NOW = datetime(2025, 11, 10, 17, tzinfo=UTC)


def name(contract: Contract) -> str:
    return contract.type


@pytest.mark.parametrize("contract", ON_THE_LOG, ids=name)
def test_an_event_of_the_log_has_transition_sentence_and_reader(contract: Contract) -> None:
    assert contract.life is not None and contract.life.sources
    reached = {next_state(state, contract.struct) for state in State} - {None}
    assert reached, "there is a state in which it may come"
    assert contract.struct in WORDS
    assert contract.struct in DECIDERS["gateway"].subscribes_to, "the timeline has every event"


@pytest.mark.parametrize("contract", [*ON_THE_LOG, *FROM_PAYERS], ids=name)
def test_an_event_says_which_disputes_it_is_about_and_names_one_only_so(contract: Contract) -> None:
    names = "case_id" in {f.name for f in msgspec.structs.fields(contract.struct)}
    naming = (DisputeScope.NAMED, DisputeScope.OFFER, DisputeScope.OPENING)
    scope = scope_of(contract.struct)
    assert scope in naming if names else scope not in (DisputeScope.NAMED, DisputeScope.OPENING)


ROUTES: dict[str, dict[DisputeScope, Any]] = {
    "appeals": dispute_selection.ROUTES,
    "settlement": claim_disputes.ROUTES,
}


@pytest.mark.parametrize("service", list(ROUTES))
def test_a_service_has_a_rule_for_every_scope_that_it_hears_of_and_for_no_other(service: str) -> None:
    assert set(ROUTES[service]) == {scope_of(struct) for struct in DECIDERS[service].subscribes_to}


def test_nothing_tells_an_events_disputes_by_asking_for_a_field() -> None:
    root = Path(__file__).parents[3]
    files = [*root.glob("services/**/*.py"), *root.glob("shared/**/*.py")]
    assert files
    assert [str(file) for file in files if re.search(r'hasattr\(\w+, "case_id"\)', file.read_text())] == []


def test_there_are_words_for_nothing_else() -> None:
    assert set(WORDS) == {c.struct for c in ON_THE_LOG}


@pytest.mark.parametrize("contract", FROM_PAYERS, ids=name)
def test_what_payers_send_is_heard(contract: Contract) -> None:
    assert contract.life is None
    assert [service for service, decider in DECIDERS.items() if contract.struct in decider.subscribes_to]


@pytest.fixture(scope="module")
def whole() -> Whole:
    whole = Whole()
    whole.pays(payment(line("99285", "1050", "100", ("CO", "45", "950")), line("93010", "60", "60")))
    return whole


@pytest.mark.parametrize("service", ["benchmark", "appeals", "settlement"])
@pytest.mark.parametrize("contract", [*ON_THE_LOG, *FROM_PAYERS], ids=name)
def test_an_event_is_handled_where_it_is_heard_and_refused_by_name_elsewhere(
    contract: Contract, service: str, whole: Whole
) -> None:
    decider = DECIDERS[service]
    # what payers' messages hold against their limits
    checked: dict[Any, Any] = {date: NOW.date(), Decimal: Decimal(1)}
    if contract in FROM_PAYERS:
        checked |= {str: "x", tuple[int, ...]: ()}
    fields: dict[str, Any] = {f.name: checked.get(f.type) for f in msgspec.structs.fields(contract.struct)}
    fields["claim_id"] = CLAIM
    if "forum" in fields and contract.source == "appeals":
        fields["forum"] = "state_process"  # a forum must be one that is known
    blank = contract.struct(**fields)  # which handler it meets is told by its class alone
    heard = Envelope(id="x", type=contract.type, source="test", time=NOW, data=blank)
    try:
        decider.decide(whole.states[service], heard, NOW)
        refusal = ""
    except IllegalTransition as error:
        refusal = str(error)
    except (AttributeError, TypeError):  # the handler reads the event, which holds nothing
        refusal = ""
    unknown = f"{service} does not subscribe to {contract.type}"
    assert (refusal == unknown) is (contract.struct not in decider.subscribes_to)


def test_no_service_hears_an_event_twice() -> None:
    for decider in DECIDERS.values():
        assert len(decider.subscribes_to) == len(set(decider.subscribes_to))


def test_an_event_of_the_log_cannot_be_declared_without_its_transition() -> None:
    with pytest.raises(ValueError, match="has a transition"):
        contract("recoup.test.nothing.v1", source="test")(type("Nothing", (Event,), {}))
    life = Transition((State.RECEIVED,))
    with pytest.raises(ValueError, match="has a transition"):
        contract("recoup.test.aside.v1", source="test", topic=PAYER_INBOUND_TOPIC, life=life)(
            type("Aside", (Event,), {})
        )
    with pytest.raises(ValueError, match="which disputes"):
        contract("recoup.test.unscoped.v1", source="test", life=life)(type("Unscoped", (Event,), {}))
    with pytest.raises(ValueError, match="which disputes"):
        contract("recoup.test.scoped.v1", source="test", topic=EDI_OUTBOUND_TOPIC, scope=DisputeScope.FIRST)(
            type("Scoped", (Event,), {})
        )


def test_a_claim_received_twice_is_refused_as_that(whole: Whole) -> None:
    first = whole.log[0]
    assert first.claim_id == CLAIM
    for service in ("benchmark", "appeals"):
        with pytest.raises(IllegalTransition, match="received"):
            DECIDERS[service].decide(whole.states[service], first, NOW)


ROOT = Path(__file__).parents[3]
KINDS_ASKED = 3
"""Kinds of event that a function may tell apart itself; what tells more apart is a table of handlers."""


def _kinds_told_apart(function: ast.AST) -> int:
    asked = {
        ast.unparse(node.args[1])
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "isinstance"
        and ast.unparse(node.args[0]) in ("event", "data", "event.data", "envelope.data")
    }
    return len(asked)


def test_events_are_told_apart_by_tables_of_handlers_not_by_chains_of_questions() -> None:
    chains = {
        f"{path.relative_to(ROOT)} {node.name}": asked
        for layer in ("domain", "application")
        for path in sorted((ROOT / "services").glob(f"*/{layer}/**/*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (asked := _kinds_told_apart(node)) > KINDS_ASKED
    }
    assert chains == {}, "give it a table of handlers"


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("def f(event):\n if isinstance(event, A): return 1\n if isinstance(event, B): return 2", 2),
        ("def f(event):\n if isinstance(event, A): return 1\n return isinstance(event, A)", 1),
        ("def f(event):\n return _HANDLERS[type(event)](event)", 0),
        ("def f(line):\n return isinstance(line, A)", 0),
    ],
)
def test_the_search_counts_the_kinds_that_a_function_tells_apart(source: str, kinds: int) -> None:
    assert _kinds_told_apart(ast.parse(source).body[0]) == kinds


@pytest.mark.parametrize("table", [amounts._HANDLERS, pursuit._HANDLERS, project._FACTS])  # pyright: ignore
def test_the_tables_of_the_read_model_hold_events_that_it_hears(table: dict[type[Event], Any]) -> None:
    assert set(table) <= set(DECIDERS["gateway"].subscribes_to)
