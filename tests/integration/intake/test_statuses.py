"""What a payer says of claims: a rejection moves the claim it names, once; what is not certain waits for a person."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared.events.claims import ClaimReceived, ClaimReplaced
from shared.events.statuses import ClaimStatus, PayerRejectedClaim, PayerReportedStatus
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import payment
from tests.unit.x12.files import encoded, envelope, professional, sample
from tests.unit.x12.test_statuses import ACKNOWLEDGED, INQUIRED


def acknowledged(*changes: tuple[str, str], isa: str = "000000077", test: bool = False) -> bytes:
    """The sample 277CA: PCN1 (150.50) is taken, PCN2 (75.25) is rejected with A7:188."""
    rows = list(ACKNOWLEDGED)
    for old, new in changes:
        at = next(i for i, row in enumerate(rows) if row.startswith(old))
        rows[at : at + 1] = [part for part in new.split("|") if part]
    rows = envelope(rows, "HN", "277", "005010X214")
    rows[0] = rows[0].replace("000000042", isa)
    rows[-1] = f"IEA*1*{isa}"
    return encoded(rows).replace(b"*P*:", b"*T*:" if test else b"*P*:")


async def told(service: Service, kind: Any) -> list[Any]:
    return [e for e in await service.events() if isinstance(e, kind)]


async def ids(service: Service) -> dict[str, str]:
    return {e.claim.patient_control_number: e.claim_id for e in await told(service, ClaimReceived)}


async def waiting(service: Service) -> list[dict[str, Any]]:
    return (await service.operator("GET", "/v1/worklist/statuses")).json()


async def test_a_rejection_is_told_of_its_claim_once(service: Service) -> None:
    await service.send(professional())
    answer = (await service.send(acknowledged())).json()
    assert answer["statuses"] == {"matched": 1, "rejected": 1}
    known = await ids(service)
    (taken,) = await told(service, PayerReportedStatus)
    assert (taken.claim_id, taken.statuses, taken.kind) == (known["PCN1"], (ClaimStatus("A2", "20"),), "277CA")
    (refused,) = await told(service, PayerRejectedClaim)
    assert (refused.claim_id, refused.statuses) == (known["PCN2"], (ClaimStatus("A7", "188"),))
    assert (refused.reported_on, refused.received_on) == (date(2025, 6, 2), date(2025, 6, 2))
    assert refused.by_clearinghouse  # NM1*AY
    again = (await service.send(acknowledged(isa="000000078"))).json()
    assert again["statuses"] == {"duplicate": 2}
    await service.receive(acknowledged(isa="000000079"))
    assert len(await told(service, PayerRejectedClaim)) == 1
    for row in await service.runtime.pool.fetch("SELECT payload, sealed FROM outbox, status_reports"):
        assert b"PEREZ" not in bytes(row["payload"]) and b"PEREZ" not in bytes(row["sealed"])


async def test_a_test_tells_nothing(service: Service) -> None:
    await service.send(professional())
    assert (await service.send(acknowledged(test=True))).json()["statuses"] == {"test": 2}
    assert await told(service, PayerRejectedClaim) == []


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ((("TRN*2*PCN2", "TRN*2*pcn2"),), "rejected"),  # spelling
        ((("TRN*2*PCN2", "TRN*2*OTHER9"),), "ambiguous"),  # the patient alone
        ((("NM1*QC*1*PEREZ*EVA", "NM1*QC*1*STRANGER*ZOE****MI*X1"),), "ambiguous"),  # another patient
        ((("NM1*85*2*CLINIC", "NM1*85*2*OTHER*****XX*1245319599"),), "ambiguous"),  # another provider
        ((("STC*A7:188*20250602*U*75.25", "STC*A7:188*20250602*U*99.00"),), "ambiguous"),  # another charge
        ((("DTP*472*D8*20250511", "DTP*472*D8*20250611"),), "ambiguous"),  # another day
        ((("STC*A7:188*20250602*U*75.25", "STC*A2:20*20250602*U*75.25"),), "ambiguous"),  # yes and no in one
        ((("STC*A7:188*20250602*U*75.25", "STC*A3:54*20250602*U*75.25"),), "matched"),  # the payer has it already
        ((("STC*A7:188*20250602*U*75.25", "STC*A6:562:85*20250602*U*75.25"),), "rejected"),
        ((("STC*A7:188*20250602*U*75.25", "STC*A1:19*20250602*WQ*75.25|STC*A8:562:85*20250602*U*75.25"),), "rejected"),
    ],
)  # fmt: skip
async def test_only_what_is_certain_moves_a_claim(
    service: Service, changes: tuple[tuple[str, str], ...], outcome: str
) -> None:
    await service.send(professional())
    answer = (await service.send(acknowledged(*changes))).json()
    assert answer["statuses"].get(outcome, 0) >= 1, answer["statuses"]
    refused = await told(service, PayerRejectedClaim)
    assert len(refused) == (1 if outcome == "rejected" else 0)


async def test_a_person_says_which_claim_is_meant(service: Service) -> None:
    await service.send(professional())
    await service.send(acknowledged(("TRN*2*PCN2", "TRN*2*OTHER9")))
    counts = (await service.operator("GET", "/v1/worklist/counts")).json()
    assert counts["statuses"] == 1
    (row,) = await waiting(service)
    assert (row["rejects"], row["says"], row["patient"]) == (True, ["A7:188"], "PEREZ, EVA")
    claim_id = (await ids(service))["PCN2"]
    place = f"/v1/worklist/statuses/{row['report_id']}/resolution"
    body = {"choice": "claim", "claim_id": claim_id, "note": "asked the payer"}
    first = (await service.operator("POST", place, json=body)).json()
    again = (await service.operator("POST", place, json=body)).json()
    assert (first["changed"], again["changed"], first["status"]) == (True, False, "matched")
    assert [e.claim_id for e in await told(service, PayerRejectedClaim)] == [claim_id]
    refused = await service.operator("POST", place, json={"choice": "dismiss"})
    assert refused.status_code == 409
    assert await waiting(service) == []


async def test_what_rejects_a_whole_batch_waits_for_a_person(service: Service) -> None:
    await service.send(professional())
    at_top = ("STC*A1:19:41*20250602*WQ*225.75", "STC*A8:746:41*20250602*U*225.75")
    only = [*ACKNOWLEDGED[: ACKNOWLEDGED.index("HL*3*2*19*1")]]
    at = only.index(at_top[0])
    only[at] = at_top[1]
    answer = (await service.send(encoded(envelope(only, "HN", "277", "005010X214")))).json()
    assert answer["statuses"] == {"unmatched": 1}
    (row,) = await waiting(service)
    assert (row["rejects"], row["says"]) == (True, ["A8:746:41"])


async def test_a_999_or_ta1_that_rejects_sets_of_the_provider_waits_for_a_person(service: Service) -> None:
    rows = sample("ack999", "acknowledgment.edi")
    verdicts = [row for row in rows if row.startswith(("AK1", "AK2", "IK5", "AK9"))]
    assert verdicts[0].startswith("AK1*HC")
    refused = ["AK1*HC*1*005010X222A1", "AK2*837*0001*005010X222A1", "IK5*R*5", "AK9*R*1*1*0"]
    answer = (await service.send(encoded(envelope(refused, "FA", "999", "005010X231A1")))).json()
    assert answer["acknowledgments"] == {"unknown": 2}
    found = await waiting(service)
    assert {tuple(row["says"]) for row in found} == {("IK5:R", "IK502:5"), ("AK9:R",)}
    assert all(row["kind"] == "999" and row["rejects"] for row in found)


MENDED = ("SV1*HC:99212", "SV1*HC:99213*75.25*UN*1***1")


async def test_a_rejected_claim_leaves_again_as_an_original(service: Service) -> None:
    await service.send(professional())
    before = (await service.send(professional(MENDED))).json()
    assert before["claims"] == {"duplicate": 1, "rejected": 1}  # the payer has it: a change needs frequency 7
    await service.send(acknowledged())
    after = (await service.send(professional(MENDED))).json()
    assert after["claims"] == {"duplicate": 1, "replaced": 1}
    (replaced,) = await told(service, ClaimReplaced)
    assert replaced.claim_id == (await ids(service))["PCN2"]
    assert (replaced.claim.frequency, replaced.replaces_payer_claim_number) == ("1", "")
    # it stands again, so that a further change needs frequency 7 once more
    other = professional(("SV1*HC:99212", "SV1*HC:99214*75.25*UN*1***1"))
    assert (await service.send(other)).json()["claims"] == {"duplicate": 1, "rejected": 1}


async def test_a_payment_shows_that_the_payer_has_the_claim_after_all(service: Service) -> None:
    await service.send(professional())
    await service.send(acknowledged(("STC*A2:20*20250602*WQ*150.5", "STC*A7:188*20250602*U*150.5")))
    await service.send(payment("PCN1"))
    changed = professional(("SV1*HC:99213", "SV1*HC:99214:25*100*UN*1***1"))
    answer = (await service.send(changed)).json()
    assert answer["claims"] == {"duplicate": 1, "rejected": 1}  # a change needs frequency 7 again
    assert await told(service, ClaimReplaced) == []


async def test_the_same_claim_sent_anew_counts_and_delivered_again_does_not(service: Service) -> None:
    await service.send(professional())
    await service.send(acknowledged())
    assert (await service.send(professional())).json()["claims"] == {"duplicate": 2}  # the old file once more
    later = professional(("BHT*", "BHT*0019*00*B2*20250603*1200*CH"))
    assert (await service.send(later)).json()["claims"] == {"duplicate": 1, "replaced": 1}


async def test_the_answer_to_an_inquiry_is_told(service: Service) -> None:
    await service.send(professional())
    answer = (await service.send(encoded(envelope(INQUIRED, "HN", "277", "005010X212")))).json()
    assert answer["statuses"] == {"matched": 2}
    one, two = await told(service, PayerReportedStatus)
    known = await ids(service)
    assert (one.claim_id, one.inquiry, one.payer_claim_number) == (known["PCN1"], "INQUIRY1", "ICN1")
    assert one.statuses == (ClaimStatus("P1", "20"), ClaimStatus("P1", "20", line=1))
    assert (two.claim_id, two.statuses) == (known["PCN2"], (ClaimStatus("F2", "585", "QC"),))


async def test_a_claim_the_payer_does_not_find_is_rejected(service: Service) -> None:
    await service.send(professional())
    rows = [row.replace("STC*P1:20*20250630**150.5", "STC*A4:35*20250630**150.5") for row in INQUIRED]
    await service.send(encoded(envelope(rows, "HN", "277", "005010X212")))
    (refused,) = await told(service, PayerRejectedClaim)
    assert (refused.kind, refused.statuses[0], refused.inquiry) == ("277", ClaimStatus("A4", "35"), "INQUIRY1")
