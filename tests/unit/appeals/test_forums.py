"""A forum is a folder: everything else knows forums by the registry alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from services.appeals.domain.deadline_calendar import CALENDARS
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.appeal import Appeal
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.protocol import Papers, Traits
from services.appeals.domain.forums.registry import FORUM_STEPS, FORUMS, step_of
from services.appeals.domain.pursuit import start_level
from services.appeals.domain.remedies import NOWHERE, forum_of
from services.appeals.domain.steps import ForumName, appeal_steps
from services.appeals.domain.tables import Remedy
from services.appeals.domain.tasks import tasks
from shared.events.payer import PayerAppealDecision
from shared.events.pursuit import AppealDecided, AppealFiled, DeadlineNoticed, PursuitEnded
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, claim, flagged, remittance
from tests.unit.appeals.steps_by_hand import CALENDARS_BY_HAND

SERVICE = Path(__file__).parents[3] / "services" / "appeals"
FOLDERS = SERVICE / "domain" / "forums"
NAMES = {name for part in get_args(ForumName) for name in get_args(part)} - {"records"}  # no case stands in that
NAMED = re.compile(rf"(?<![\w.])({'|'.join(sorted(NAMES - {'collection'}))})\b|'collection'|^collection$")
OTHERWISE = {("domain/tables.py", "open_negotiation"), ("domain/steps.py", "collection")}
"""A remedy of remedies.csv that is called as the forum it is sought in, and the type of the names itself."""


def _sources() -> list[Path]:
    return sorted(path for path in SERVICE.rglob("*.py") if FOLDERS not in path.parents)


def _docstrings(tree: ast.AST) -> set[ast.Constant]:
    """Strings that stand as a statement of their own: said to readers, not to the program."""
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _named(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string that names a forum: compared, listed, a key, an argument or a part of SQL."""
    tree = ast.parse(source)
    said = _docstrings(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or node in said:
            continue
        if isinstance(node.value, str) and NAMED.search(node.value):
            yield node.lineno, node.value


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(SERVICE)))
def test_no_forum_is_named_outside_its_folder(path: Path) -> None:
    where = str(path.relative_to(SERVICE))
    assert [(line, text) for line, text in _named(path.read_text()) if (where, text) not in OTHERWISE] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('if case.forum == "federal_idr": pass', ["federal_idr"]),
        ('x = case.forum in ("open_negotiation", other)', ["open_negotiation"]),
        ('WORDS = {"collection": 1}', ["collection"]),
        ('match forum:\n    case "external_review":\n        pass', ["external_review"]),
        ("""sql = "WHERE forum = 'state_process'" """, ["WHERE forum = 'state_process'"]),
        ("""sql = f"WHERE forum = 'collection' AND {x}" """, ["WHERE forum = 'collection' AND "]),
        ('"""Said of federal_idr."""\nx = "debt collection"', []),
    ],
)
def test_the_search_finds_what_it_is_to_find(source: str, found: list[str]) -> None:
    assert [text for _, text in _named(source)] == found


def test_each_forum_is_a_folder_and_is_registered_once() -> None:
    folders = {path.name for path in FOLDERS.iterdir() if (path / "__init__.py").exists()}
    assert folders == set(FORUMS) == set(FORUM_STEPS) == NAMES
    assert all(forum.name == name for name, forum in FORUMS.items())


def test_no_engine_module_knows_how_many_forums_there_are() -> None:
    """What a command or an event asks of one forum alone goes to its object; all others ask the registry."""
    pattern = re.compile(r"^from services\.appeals\.domain\.forums\.(\w+)", re.MULTILINE)
    found = {
        (str(path.relative_to(SERVICE)), module)
        for path in _sources()
        for module in pattern.findall(path.read_text())
        if module in NAMES
    }
    assert found == {
        ("domain/answers.py", "federal_idr"),  # an entity's determination
        ("domain/batch_filing.py", "federal_idr"),  # whether IDR is worth its fees
        ("domain/commands.py", "federal_idr"),  # the plan of a determination
        ("domain/idr_commands.py", "federal_idr"),  # the entity, our offer
        ("domain/idr_entity.py", "federal_idr"),  # the day from which an entity is chosen
        ("domain/idr_outcomes.py", "federal_idr"),  # its ends without a determination
        ("domain/extension_effects.py", "federal_idr"),  # offers that the entity takes later
        ("domain/handover.py", "federal_idr"),  # what another system initiated
        ("domain/idr_reports.py", "federal_idr"),  # what the portal or the entity told of it
        ("adapters/documents/forms.py", "federal_idr"),  # the notice that names its entity
        ("adapters/documents/request_letters.py", "state_process"),  # the step by which a state has the plan asked
        ("adapters/http/views.py", "state_process"),  # the steps that a state has for a claim
        ("application/idr_acts.py", "federal_idr"),  # the acts that those call for
        ("domain/decide.py", "collection"),  # money that did not come
    }


def test_every_calendar_belongs_to_a_forum_but_the_payers_own_time() -> None:
    assert set(CALENDARS_BY_HAND) == set(FORUMS) - {"collection"}
    for name, calendars in CALENDARS_BY_HAND.items():
        assert set(FORUMS[name].calendars) == calendars
    assert not FORUMS["collection"].calendars
    assert set(CALENDARS) == {"prompt-pay"}.union(*CALENDARS_BY_HAND.values())


def test_no_two_forums_claim_the_same_remedy_or_law() -> None:
    remedies = [remedy for forum in FORUMS.values() for remedy in forum.traits.remedies]
    laws = [forum.traits.law for forum in FORUMS.values() if forum.traits.law is not None]
    assert len(remedies) == len(set(remedies))
    assert len(laws) == len(set(laws))


@pytest.mark.parametrize(
    ("remedy", "forum"),
    [
        ("correct_and_resubmit", "corrected_claim"),
        ("verify_coverage_and_resubmit", "corrected_claim"),
        ("send_records", "corrected_claim"),
        ("open_negotiation", "open_negotiation"),
        ("bill_other_payer", None),
        ("not_appealable", None),
        ("medical_necessity_appeal", "commercial_appeal"),
        ("underpayment_appeal", "commercial_appeal"),
    ],
)
def test_a_remedy_is_sought_in_its_forum(remedy: Remedy, forum: ForumName | None) -> None:
    assert forum_of(remedy) == forum
    assert (forum is None) == (remedy in NOWHERE)


class Ombudsman(Appeal):
    """A forum that the engine has never heard of: the limits of external review, and a decider of its own."""

    name = "ombudsman"  # pyright: ignore[reportAssignmentType]
    limits = "external"
    steps = appeal_steps(
        "ask the ombudsman", "the ombudsman decides", mover="reviewer", rule="house rule", limits="external"
    )
    traits = Traits(label="ombudsman", event_name="external_review", own_case_id=True, chases_decision=True)
    papers = Papers()


@pytest.fixture
def ombudsman(monkeypatch: pytest.MonkeyPatch) -> ForumName:
    forum = Ombudsman()
    monkeypatch.setitem(FORUMS, forum.name, forum)  # type: ignore[misc]
    monkeypatch.setitem(FORUM_STEPS, forum.name, forum.steps)  # type: ignore[misc]
    return forum.name


def test_a_forum_that_is_only_registered_is_walked_from_its_filing_to_its_end(ombudsman: ForumName) -> None:
    """Four months from 5 October 2026 to file; 45 days to decide after the filing of 6 October, five more by mail."""
    story = Story()
    story.receive(claim(place="11"), remittance(), flagged())
    builder = DecisionBuilder(story.decider.rule_set, story.case, date(2026, 10, 6))
    start_level(builder, ombudsman, 1, NOTICE)
    (filed,) = builder.events
    assert isinstance(filed, AppealFiled)
    assert filed.decision_due_on == date(2026, 11, 20)
    assert filed.case_id == case_id_in(builder.case, FORUMS[ombudsman]) != builder.case.case_id
    story.state = builder.case
    assert step_of(story.case.forum, story.case.stage).label == "the ombudsman decides"
    (chased,) = story.until(date(2026, 11, 27))
    assert isinstance(chased, DeadlineNoticed)
    assert (chased.notice, chased.due_on) == ("overdue", date(2026, 11, 20))
    assert [task.task for task in tasks(story.case)] == ["ask for the decision that is overdue, or enter it"]
    answer = PayerAppealDecision(
        claim_id=CLAIM, case_id=filed.case_id, level=1, outcome="upheld", decided_on=date(2026, 11, 27)
    )
    decided, ended = story.receive(answer, on=date(2026, 11, 28))
    assert isinstance(decided, AppealDecided)
    assert decided.exhausted
    assert isinstance(ended, PursuitEnded)
    assert ended.reason == "ombudsman level 1 upheld; no level is left"


HTTP = sorted((SERVICE / "adapters" / "http").glob("*.py"))


@pytest.mark.parametrize("path", HTTP, ids=lambda path: path.name)
def test_no_route_opens_a_connection_or_a_transaction(path: Path) -> None:
    """Acts are the application's, and what is shown is read by `adapters/sql`."""
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert calls.isdisjoint({"acquire", "begin", "transaction", "execute", "fetch", "fetchrow", "fetchval"})
