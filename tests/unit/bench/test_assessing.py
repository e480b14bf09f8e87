"""The rules' own speed is measured on the run's claims, each remittance with the claim it answers."""

from __future__ import annotations

from recoup_tools.bench.assessing import measure, pairs_of, summary
from recoup_tools.bench.recording import Recorded
from shared.events.base import Event
from shared.events.claims import ClaimReceived, ClaimVoided, RemittanceReceived
from shared.events.codec import encode_data, headers_for
from tests.unit.benchmark.world import NOW, claimed, paid, remitted

_IDS = ("6a1e2f64-0f9b-5c7e-9e55-0c1f5c7d2a11", "6a1e2f64-0f9b-5c7e-9e55-0c1f5c7d2a12")
LOW, OTHER = paid("99285", "1500", "150"), paid("80053", "90", "20")


def _recorded(event: Event) -> Recorded:
    headers = headers_for(event, event_id="1", time=NOW)
    return Recorded("recoup.claims.v1", 0, event.claim_id.encode(), encode_data(event), tuple(headers), 0)


def test_each_remittance_is_held_against_its_own_claim() -> None:
    log = [
        ClaimReceived(claim_id=_IDS[0], claim=claimed([LOW])),
        ClaimReceived(claim_id=_IDS[1], claim=claimed([OTHER])),
        ClaimVoided(claim_id=_IDS[0]),
        RemittanceReceived(claim_id=_IDS[1], remittance=remitted(OTHER)),
        RemittanceReceived(claim_id=_IDS[0], remittance=remitted(LOW)),
    ]
    pairs = pairs_of([_recorded(event) for event in log])
    assert [(c.lines[0].code, r.lines[0].code) for c, r in pairs] == [("80053", "80053"), ("99285", "99285")]


def test_a_measurement_counts_lines_and_is_told() -> None:
    pairs = [(claimed([LOW, OTHER]), remitted(LOW, OTHER))] * 5
    found = measure(pairs, seconds=0.01)
    assert found.lines == 10
    assert min(found.cold_per_second, found.warm_per_second, found.with_tables_per_second) > 0
    assert "10 lines" in summary(found)
