"""Transaction sets and documents that are too large to hold at once."""

from __future__ import annotations

from typing import Any

import pytest

from recoup_x12.acknowledgments import answering
from services.intake.adapters.http import submissions
from services.intake.adapters.sql import answers
from services.intake.application import batches, inputs, pending_input
from shared.events.answers import ClaimsAcknowledged
from tests.integration.intake.conftest import Service
from tests.integration.intake.test_submissions import many, statuses
from tests.unit.x12.files import all_problems, encoded


async def test_a_set_too_large_to_hold_stands_or_falls_as_one(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "HOLD", 30)
    monkeypatch.setattr(inputs, "BATCH", 10)
    cut = (await service.send(many(75, se=1))).json()
    assert (cut["sets_refused"], cut["claims"]) == (1, {})
    assert (await service.count("claims"), await service.count("outbox")) == (0, 1)  # the event of the 999 alone
    assert "IK5*R*4~" in await service.answers(cut["interchange_id"], "999")
    whole = (await service.send(many(75))).json()
    assert whole["claims"] == {"accepted": 75}
    assert len(await service.emitted()) == 75
    assert list(statuses(await service.answers(whole["interchange_id"], "277")).values()) == ["A2:20"] * 75
    again = (await service.send(many(75) + b"")).json()
    assert again["claims"] == {"duplicate": 75}


async def test_a_refused_set_too_large_to_hold_names_every_claim_that_it_is_refused_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "HOLD", 30)
    monkeypatch.setattr(inputs, "BATCH", 10)
    bad = encoded([row for row in many(75).decode().split("~\n") if row and not row.startswith("SV1")])
    answer = (await service.send(bad)).json()
    assert (answer["sets_refused"], answer["claims"], await service.count("claims")) == (1, {}, 0)
    assert [one["control_number"] for one in answer["receipts"]] == [f"M{n}" for n in range(75)]
    assert {one["outcome"] for one in answer["receipts"]} == {"rejected"} and not answer.get("unlisted")
    sound = (await service.send(many(75))).json()
    assert (sound["claims"], sound.get("receipts", [])) == ({"accepted": 75}, [])


async def test_a_set_whose_claims_are_long_is_not_held_though_they_are_few(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "HOLD_TEXT", 4_000)  # a claim here is some 700 characters with its context
    held: list[int] = []
    sound = batches.receive

    async def counted(store: Any, claims: Any, payments: Any, **rest: Any) -> Any:
        held.append(len(claims))
        return await sound(store, claims, payments, **rest)

    monkeypatch.setattr(batches, "receive", counted)
    refused = (await service.send(many(20, se=1))).json()
    assert (refused["claims"], refused.get("accepted_claims", [])) == ({}, [])
    assert len(held) > 1 and max(held) < 8
    assert await service.count("claims") == 0
    assert (await service.send(many(20))).json()["claims"] == {"accepted": 20}


async def test_answers_are_kept_and_given_in_parts_and_lists_are_cut_and_say_so(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "PART", 500)
    monkeypatch.setattr(answers, "_AT_ONCE", 3)
    monkeypatch.setattr(answers, "_NAMED", 1)
    monkeypatch.setattr(answering, "PER_PIECE", 10)
    monkeypatch.setattr(pending_input, "LISTED", 5)
    first = (await service.send(many(40))).json()
    assert (first["answers"], first["unlisted"]) == (
        ["999 to 000000042"],
        {"accepted_claims": 35, "answers": 1},  # 40 claims, of which 5 are named
    )
    second = (await service.send(many(45))).json()
    assert second["claims"] == {"duplicate": 40, "accepted": 5}
    assert (len(second["receipts"]), second["unlisted"]) == (5, {"receipts": 35, "answers": 1})
    known = second["interchange_id"]
    kept = await service.runtime.pool.fetch(
        "SELECT ordinal, part, sealed FROM answers WHERE interchange_id = $1 ORDER BY 1, 2", known
    )
    assert [row["ordinal"] for row in kept].count(1) > 3  # several pages of parts, in order and none twice
    assert not any(b"PEREZ" in row["sealed"] for row in kept)
    given = await service.answers(known, "277")
    assert list(statuses(given).values()) == ["A3:54"] * 40 + ["A2:20"] * 5
    assert all_problems(given.encode()) == []
    assert await service.answers(known) == await service.answers(known, "999") + given
    told = [e for e in await service.events(topic="edi.outbound") if isinstance(e, ClaimsAcknowledged)]
    assert [e.first for e in told if e.interchange_id == known] == [0, 10, 20, 30, 40]
    claims = [claim for e in told if e.interchange_id == known for claim in e.claims]
    assert [claim.accepted for claim in claims] == [False] * 40 + [True] * 5
    assert all(claim.claim_id for claim in claims)


async def test_a_document_too_large_to_be_read_as_one_is_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "WHOLE", 1024)
    answer = await service.send(b"{" + b" " * 2000, to="/v1/claims")
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:recoup:problem:too-large")


# --- one bad claim ---------------------------------------------------------------------------------------------
