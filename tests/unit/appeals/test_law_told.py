"""The governing law is told with the payer's first answer, and again whenever it changes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from services.appeals.domain.commands import Commands
from shared.decider import Decision
from shared.events.base import Envelope, Event, contract_of
from shared.events.claims import ClaimReplaced, RemittanceReceived
from shared.events.codec import encode_data
from shared.events.pursuit import GoverningLawDetermined, NegotiationOpened
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, claim, denied, flagged, remittance


def lines(*remarks: str, corrects: bool = False) -> RemittanceReceived:
    """A later remittance with these remark codes; `corrects` an earlier one."""
    facts = remittance(remarks).remittance
    return RemittanceReceived(
        claim_id=CLAIM, remittance=replace(facts, remittance_id="r2", corrects=facts.remittance_id if corrects else "")
    )


def told(story: Story) -> list[tuple[str, str]]:
    return [(law.law, law.protection) for law in story.law]


def test_it_is_told_with_the_first_answer_though_nothing_is_in_dispute() -> None:
    story = Story()
    story.receive(claim())
    assert story.law == [] and story.case.governing is None, "without the payer's word no law is claimed"
    story.receive(remittance(("N877",)))
    (law,) = story.law
    assert (law.law, law.scope, law.plan, law.protection) == ("federal", "emergency", "commercial", "federal")
    assert {fired.rule for fired in law.fired} >= {"plan_commercial", "rarc_N877", "emergency"}
    assert all(fired.source for fired in law.fired) and not law.by_person
    assert not story.case.live


def test_it_is_told_once_and_before_the_step_that_follows_from_it() -> None:
    story = Story()
    story.receive(claim(), remittance(("N877",)), flagged(("N877",)))
    assert told(story) == [("federal", "federal")]
    late = Story()  # judged without a remittance heard, as by a log that begins later
    late.receive(claim())
    decision = late.decider.decide(late.case, _envelope(flagged(("N877",))), at(NOTICE))
    assert [type(e) for e in decision.events[:2]] == [GoverningLawDetermined, NegotiationOpened]


def test_remark_codes_that_come_later_change_it() -> None:
    story = Story()
    story.receive(claim(), remittance(), lines("N877"), lines("N877"))
    # Arizona has no process of its own, so an emergency visit is federal with N877 and without
    assert told(story) == [("federal", "federal"), ("federal", "federal")], "the rules that fired changed once"
    story.receive(lines("N882", corrects=True))
    assert story.law[-1].law == "unknown" and story.law[-1].protection == "emergency", "consent cannot waive it"


def test_a_replaced_claim_changes_it_and_what_staff_found_stays() -> None:
    story = Story()
    story.receive(claim(place="22", codes=("00840",)), remittance())
    assert told(story) == [("unknown", "open")]
    found = Commands(story.decider.rule_set, at(NOTICE)).record_facts(story.case, network_facility=True)
    take(story, found)
    assert told(story)[1:] == [("federal", "federal")]
    story.receive(ClaimReplaced(claim_id=CLAIM, claim=claim(place="22", codes=("00840", "00842")).claim))
    assert told(story)[1:] == [("federal", "federal")], "the same answer is not told again"
    story.receive(ClaimReplaced(claim_id=CLAIM, claim=claim(place="11", codes=("99214",)).claim))
    assert told(story)[2:] == [("commercial", "none")]


def test_a_replacement_that_leaves_the_act_while_negotiation_runs_goes_to_a_person() -> None:
    story = Story()
    story.receive(claim(), remittance(), flagged())
    assert story.case.forum == "open_negotiation"
    story.receive(ClaimReplaced(claim_id=CLAIM, claim=claim(place="11", codes=("99214",)).claim))
    assert story.case.forum == "open_negotiation" and "may not govern" in story.case.escalated
    assert told(story)[-1] == ("commercial", "none")


def test_a_persons_decision_is_told_without_name_and_reason_and_stands() -> None:
    story = Story()
    story.receive(claim(service_state="TX"), remittance(), flagged())
    assert told(story) == [("unknown", "either")] and story.law[0].state == "TX"
    take(
        story,
        Commands(story.decider.rule_set, at(NOTICE)).override_law(story.case, "state", "Dana", "Jo Doe's card says so"),
    )
    law = story.law[-1]
    assert (law.law, law.protection, law.by_person, law.missing) == ("state", "state", True, ())
    assert law.fired[-1].rule == "override" and law.fired[-1].source == "staff"
    assert b"Dana" not in encode_data(law) and b"Jo Doe" not in encode_data(law)
    story.receive(ClaimReplaced(claim_id=CLAIM, claim=claim(service_state="TX", codes=("99285",)).claim))
    assert len(story.law) == 2, "the rules do not judge again what a person decided"


def test_a_case_kept_from_before_the_law_was_told_tells_it_with_what_comes_next() -> None:
    story = Story()
    story.receive(claim(), remittance(), flagged())
    story.state = replace(story.case, law_emitted=False)
    story.receive(lines())
    assert told(story) == [("federal", "federal")] * 2


# What the claim and the payer show → what protects the patient. Worked out from the sources that the rules name.
PROTECTED: list[tuple[str, dict[str, Any], tuple[str, ...], str]] = [
    ("emergency visit, no state process (AZ)", {}, (), "federal"),
    ("emergency visit in Texas: one of the two laws, which is open", {"service_state": "TX"}, (), "either"),
    ("emergency visit, plan not told", {"filing_indicator": ""}, (), "emergency"),
    ("critical care in a stay: no emergency", {"place": "21", "codes": ("99291",)}, (), "open"),
    ("office visit", {"place": "11", "codes": ("99214",)}, (), "none"),
    ("office visit, but the payer names the Act", {"place": "11", "codes": ("99214",)}, ("N830",), "open"),
    ("the payer says that consent was given", {"place": "22", "codes": ("99214",)}, ("N882",), "open"),
    ("state law that the payer names (TX)", {"service_state": "TX"}, ("N867",), "state"),
    ("a state's rate", {"service_state": "AK", "service_from": date(2023, 5, 1)}, ("N867",), "state"),
    ("a final payment under the federal process", {}, ("N875",), "federal"),
    ("federal and state law named", {}, ("N877", "N867"), "open"),
    ("Medicare", {"filing_indicator": "MB"}, (), "public"),
    ("Veterans Affairs", {"filing_indicator": "VA"}, (), "public"),
    ("workers' compensation", {"filing_indicator": "WC"}, (), "other_program"),
    ("before the Act", {"service_from": date(2021, 12, 31)}, (), "none"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "remarks", "protection"), [row[1:] for row in PROTECTED], ids=[row[0] for row in PROTECTED]
)
def test_what_protects_the_patient(fields: dict[str, Any], remarks: tuple[str, ...], protection: str) -> None:
    story = Story()
    story.receive(claim(**fields), remittance(remarks))
    assert [law.protection for law in story.law] == [protection]


def test_consent_on_a_service_that_it_can_waive() -> None:
    story = Story()
    story.receive(claim(place="22", codes=("99214",)), remittance(("N882",)))
    take(story, Commands(story.decider.rule_set, at(NOTICE)).record_facts(story.case, network_facility=True))
    assert told(story)[-1] == ("commercial", "consent")
    take(story, Commands(story.decider.rule_set, at(NOTICE)).record_facts(story.case, consent=False))
    assert told(story)[-1] == ("unknown", "consent"), "the payer says so, staff found otherwise"


@pytest.mark.parametrize(
    ("state", "on", "known"),
    [
        ("TX", date(2025, 6, 1), "TX"),  # Insurance Code ch. 1467
        ("AK", date(2023, 6, 1), "AK"),  # 3 AAC 26.110, repealed from 2024
        ("AK", date(2025, 6, 1), ""),
        ("WA", date(2025, 6, 1), "WA"),  # RCW 48.49.040(1): no change before 1 July 2025
        ("WA", date(2025, 7, 1), ""),  # RCW 48.49.040(1): whether it went over to the federal process is not known
        ("AZ", date(2025, 6, 1), ""),
        ("", date(2025, 6, 1), ""),
    ],
)
def test_the_states_own_process_is_named_where_it_is_known_at_that_day(state: str, on: date, known: str) -> None:
    story = Story()
    story.receive(claim(service_state=state, service_from=on), remittance())
    assert [law.state for law in story.law] == [known]


def test_a_denial_is_judged_by_its_own_codes() -> None:
    story = Story()
    story.receive(claim(), remittance(), denied("50", remarks=("N876",)), on=NOTICE + timedelta(days=1))
    assert told(story)[-1] == ("federal", "federal")


def take(story: Story, decision: Decision[Any]) -> None:
    """What a person's command changes and tells."""
    story.state = decision.state
    story.law += [event for event in decision.events if isinstance(event, GoverningLawDetermined)]


def _envelope(event: Event) -> Envelope:
    return Envelope(id="x", type=contract_of(event).type, source="test", time=at(NOTICE), data=event)
