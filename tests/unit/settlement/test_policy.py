"""Policies, fees and records are checked before they are used, with the place of every fault."""

from __future__ import annotations

from datetime import date
from importlib import resources

import pytest

from services.settlement.adapters.http.staff import Staff, StaffError, parse_staff
from services.settlement.adapters.policies import load_rulebook, shipped_policies
from services.settlement.domain import fees, policy
from services.settlement.domain.commands import Actor
from services.settlement.domain.policy import PolicyError
from services.settlement.domain.rulebook import RecordError, parse_record
from shared.problem import Problem
from shared.staff import Delegate, delegated_token
from tests.unit.settlement.world import D

STANDARD = (resources.files("services.settlement") / "policies" / "standard.toml").read_text("utf-8")


@pytest.mark.parametrize("name", shipped_policies())
def test_shipped_policies_are_valid_and_named_as_their_file(name: str) -> None:
    book = load_rulebook(name)
    assert book.policy.name == name and len(book.policy.digest) == 64


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            'name = "all others"',
            'name = "all others"\nforum = "federal_idr"',
            "rules[2]: the last rule must match",
        ),
        ('name = "small amounts"', 'name = "all others"', "the name all others is used twice"),
        ("concessions = [0, 0.6]", "concessions = [0.6, 0]", "rules[0] (small amounts): concessions must rise"),
        ("amount_to = 150", "amount_to = 0", "rules[0] (small amounts): amount_to must be above"),
        ("floor_share = 0.8\n", "floor_share = 1.8\n", "rules[0] (small amounts): opening_share"),
        ('opening = "target"', 'opening = "floor"\nopening_share = 0.5', "the floor lies above the opening"),
        ('next = "federal_idr"', 'next = "federal_idrr"', "forums.open_negotiation: next names no forum"),
        ("win = 0.6", "win = 1.6", "forums.federal_idr.levels[0]: win between 0 and 1"),
        ('role = "automatic"', 'role = "manager"', "authority: each role once, the lowest first"),
        ("yearly_rate = 0.08", "yearly_rate = 8", "costs: staff_hour must not be negative"),
        ("pay = 30", "pay = 0", "days: every period"),
        ("pay = 30", "payy = 30", "unknown field `payy`"),
        ("schema = 1", "schema = 2", "schema"),
        ("schema = 1", "schema =", "not TOML"),
    ],
)
def test_faults_are_named_with_their_place(old: str, new: str, fault: str) -> None:
    assert old in STANDARD
    with pytest.raises(PolicyError) as error:
        policy.parse(STANDARD.replace(old, new, 1), source="x.toml")
    assert str(error.value).startswith("x.toml: ") and fault in str(error.value)


def test_every_fault_is_told_at_once() -> None:
    text = STANDARD.replace("pay = 30", "pay = 0").replace("win = 0.6", "win = 2")
    with pytest.raises(PolicyError) as error:
        policy.parse(text)
    assert len(str(error.value).splitlines()) == 2


def test_shares_are_exact() -> None:
    assert policy.parse(STANDARD).rules[1].floor_share == D("0.85")


def test_first_matching_rule_counts() -> None:
    p = policy.parse(STANDARD)
    small = p.rule_for(specialty="x", payer="y", forum="open_negotiation", amount=D("149.99"))
    large = p.rule_for(specialty="x", payer="y", forum="open_negotiation", amount=D("150"))
    other = p.rule_for(specialty="x", payer="y", forum="state_process", amount=D("150"))
    assert [r.name for r in (small, large, other)] == ["small amounts", "open negotiation", "all others"]


def test_what_lies_ahead() -> None:
    p = policy.parse(STANDARD)
    ahead = {
        (forum, level, undecided): p.ahead(forum, level, undecided=undecided)
        for forum, level, undecided in [
            ("open_negotiation", 1, False),
            ("commercial_appeal", 1, True),
            ("commercial_appeal", 1, False),
            ("commercial_appeal", 2, False),
            ("external_review", 1, False),
            ("unheard_of", 1, False),
        ]
    }
    assert [(a.forum, a.level) if a else None for a in ahead.values()] == [
        ("federal_idr", 1),
        ("commercial_appeal", 1),
        ("commercial_appeal", 2),
        ("external_review", 1),
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("day", "administrative"),
    [
        (date(2023, 1, 1), 350),
        (date(2023, 8, 2), 350),
        (date(2023, 8, 3), 50),
        (date(2024, 1, 21), 50),
        (date(2024, 1, 22), 115),
        (date(2026, 6, 10), 115),
        (date(2026, 6, 11), 15),
    ],
)
def test_administrative_fee_of_the_day(day: date, administrative: int) -> None:
    fee = load_rulebook("standard").fees.on("federal_idr", day)
    assert fee is not None and fee.administrative == administrative


def test_fee_table_faults() -> None:
    rows = '[[fees]]\nforum="f"\nsince=2024-01-01\nadministrative=1\n'
    with pytest.raises(fees.FeeError, match="in order"):
        fees.parse(f'version="1"\n{rows}{rows}')
    with pytest.raises(fees.FeeError, match="outside its range"):
        fees.parse(f'version="1"\n{rows}entity=5\nentity_least=6\nentity_most=7\n')


def test_record_faults() -> None:
    with pytest.raises(RecordError, match="payer without a specialty"):
        parse_record('version="1"\n[[tallies]]\nforum="f"\npayer="p"\n')
    with pytest.raises(RecordError, match="more won than decided"):
        parse_record('version="1"\n[[tallies]]\nforum="f"\nwon=2\ndecided=1\n')
    with pytest.raises(RecordError, match="two tallies"):
        parse_record('version="1"\n[[tallies]]\nforum="f"\n[[tallies]]\nforum="f"\n')


def test_unknown_policy_names_those_there_are() -> None:
    with pytest.raises(PolicyError, match="firm, standard"):
        load_rulebook("soft")


def test_staff_setting_repeats_no_token() -> None:
    with pytest.raises(StaffError) as error:
        parse_staff("nina:boss:very-secret-token-123")
    assert "secret" not in str(error.value) and "entry 1" in str(error.value)
    ((token, actor),) = parse_staff("nina:negotiator:very-secret-token-123")
    assert (token, actor.name, actor.role) == ("very-secret-token-123", "nina", "negotiator")


def test_a_desk_acts_for_whom_it_signs_and_never_by_itself() -> None:
    secret = "what-the-gateway-shares"
    staff = Staff(f"gateway:desk:{secret},nina:negotiator:very-secret-token-123", "")

    def signed(key: str = secret, service: str = "settlement", **change: str) -> str:
        person = {"name": "key:max", "role": "manager", "tenant": "t"} | change
        return "Bearer " + delegated_token(key, Delegate(**person), service=service)

    assert staff.actor(signed()) == Actor("key:max", "manager", "t")
    assert staff.actor(signed(role="automatic")).role == "automatic"
    for wrong in (
        f"Bearer {secret}",
        signed(role="owner"),
        signed(tenant=""),
        signed(name=""),
        signed(service="appeals"),
        signed("very-secret-token-123"),  # a person cannot delegate to others
        signed("another-secret-of-somebody"),
    ):
        with pytest.raises(Problem):
            staff.actor(wrong)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.staff.time.time", lambda: 1_000_000_000)
        old = signed()
    with pytest.raises(Problem):
        staff.actor(old)
    with pytest.raises(StaffError):
        Staff("gateway@tenant:desk:what-the-gateway-shares", "")
