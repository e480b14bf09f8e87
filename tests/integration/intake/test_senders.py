"""Who may submit and read what became of it: the sender's own provider organisation, and nobody else's."""

from __future__ import annotations

import pytest

from services.intake.adapters.http.senders import Sender, parse_senders
from shared.staff import StaffError
from tests.integration.intake.conftest import OPERATOR, TOKEN, Service
from tests.unit.x12.files import professional

OURS, THEIRS, HOUSE = "token-of-our-sender", "token-of-their-sender", "token-of-the-gateway"
SENDERS = f"clinic@ours:{OURS},clinic@theirs:{THEIRS},gateway:{HOUSE}"


def by(token: str, tenant: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} | ({"X-Tenant": tenant} if tenant else {})


@pytest.mark.parametrize("service", [{"intake_senders": SENDERS}], indirect=True)
async def test_a_sender_sends_and_reads_for_its_own_organisation_only(service: Service) -> None:
    http, file = service.client, professional()
    for path in ("/v1/edi", "/v1/claims", "/v1/claims/bulk"):
        assert (await http.post(path, content=file)).status_code == 401
        assert (await http.post(path, content=file, headers=by("a-guessed-token-1234"))).status_code == 401
        foreign = await http.post(path, content=file, headers=by(OURS, "theirs"))
        assert (foreign.status_code, foreign.json()["type"]) == (403, "urn:recoup:problem:not-your-tenant")
    assert await service.count("interchanges") == 0

    sent = await http.post("/v1/edi", content=file, headers=by(OURS))
    assert sent.json()["claims"] == {"accepted": 2}
    assert await service.runtime.pool.fetch("SELECT DISTINCT tenant FROM claims") == [("ours",)]
    claim = str(await service.runtime.pool.fetchval("SELECT claim_id FROM claims LIMIT 1"))
    interchange = f"/v1/interchanges/{sent.json()['interchange_id']}"
    for path in (interchange, f"{interchange}/answers", f"/v1/claims/{claim}"):
        assert (await http.get(path)).status_code == 401
        assert (await http.get(path, headers=by(THEIRS))).status_code == 404
        assert (await http.get(path, headers=by(HOUSE, "theirs"))).status_code == 404
        for headers in (by(OURS), by(OURS, "ours"), by(HOUSE, "ours"), by(HOUSE), OPERATOR):
            assert (await http.get(path, headers=headers)).is_success, (path, headers)

    for path in ("/v1/edi", "/v1/claims", "/v1/claims/bulk"):
        for nobody in (by(HOUSE), OPERATOR, by(HOUSE, "a,b"), by(HOUSE, "*")):
            answer = await http.post(path, content=file, headers=nobody)
            assert (answer.status_code, answer.json()["type"]) == (422, "urn:recoup:problem:tenant-required")
    assert await service.count("interchanges") == 1

    again = await http.post("/v1/edi", content=file, headers=by(HOUSE, "theirs"))
    assert again.json()["claims"] == {"accepted": 2}, "the same numbers at another organisation are another's claims"


async def test_staff_name_the_organisation_whose_worklist_they_work(service: Service) -> None:
    for what in ("remittances", "recoupments", "requests"):
        path = f"/v1/worklist/{what}"
        assert (await service.client.get(path)).status_code == 401
        answer = await service.client.get(path, headers=OPERATOR)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:recoup:problem:tenant-required")
        assert (await service.client.get(path, headers=by(TOKEN, "clinic"))).json() == []


@pytest.mark.parametrize(
    "text", ["nobody", ":token-of-sixteen-or-more", "a:short", "a@:token-of-sixteen-or-more", f"a:{OURS},b:{OURS}"]
)
def test_a_setting_that_says_nobody_is_refused_without_repeating_a_token(text: str) -> None:
    with pytest.raises(StaffError, match="entry") as told:
        parse_senders(text)
    assert "token-of" not in str(told.value)


def test_entries_with_and_without_an_organisation() -> None:
    assert parse_senders(SENDERS)[0] == (OURS, Sender("clinic", "ours"))
    assert parse_senders(SENDERS)[2] == (HOUSE, Sender("gateway", ""))
    assert parse_senders(" ") == ()
