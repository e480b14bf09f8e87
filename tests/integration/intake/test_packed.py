"""Packed inputs over HTTP, in the folder and on Kafka are what they hold; what cannot be unpacked is refused."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from services.intake.adapters.drop_folder import DropFolder
from shared.events.answers import InputRefused
from tests.integration.intake.conftest import TENANT, Service
from tests.integration.intake.files import payment
from tests.unit.intake.json.test_json import BODY as CLAIM
from tests.unit.x12.files import professional

PAYMENT = payment("PCN1").replace(b"*250601*1200*", b"*250602*1200*").replace(b"000000042", b"000000043")


def zipped(*files: tuple[str, bytes]) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return into.getvalue()


BOTH = zipped(("1.835", PAYMENT), ("2.837", professional()))  # the claim was written first, whatever the names say
BOMB = gzip.compress(b"ISA" + b" " * 60_000_000)
BROKEN = gzip.compress(professional())[:-20]


async def test_over_http_the_content_counts(service: Service) -> None:
    answer = (await service.send(gzip.compress(professional()))).json()
    assert answer["claims"] == {"accepted": 2}
    again = (await service.send(professional())).json()  # the same, unpacked: known by its content
    assert (again["claims"], again["same_as"]) == ({"duplicate": 2}, answer["interchange_id"])
    packed = (await service.send(BOTH)).json()
    assert (packed["claims"], packed["remittances"]) == ({"duplicate": 2}, {"matched": 1})


async def test_json_comes_packed_too(service: Service) -> None:
    one = json.dumps(CLAIM).encode()
    answer = await service.send(gzip.compress(one), to="/v1/claims", type_="application/json")
    assert answer.json()["claims"] == {"accepted": 1}
    lines = await service.send(zipped(("a", one), ("b", one)), to="/v1/claims/bulk", type_="application/x-ndjson")
    assert lines.json()["claims"] == {"duplicate": 2}


@pytest.mark.parametrize("route", ["/v1/edi", "/v1/claims", "/v1/claims/bulk"])
@pytest.mark.parametrize(("packed", "word"), [(BOMB, "larger than it may be"), (BROKEN, "cut short")])
async def test_what_cannot_be_unpacked_is_refused(service: Service, route: str, packed: bytes, word: str) -> None:
    answer = await service.send(packed, to=route)
    problem = answer.json()
    assert answer.status_code == 422
    assert problem["type"].endswith("packed-input") and word in problem["detail"] and problem["how_to_fix"]
    assert await service.count("interchanges") == 1 and await service.count("claims") == 0
    kept = f"/v1/interchanges/{problem['interchange_id']}/input"
    assert (await service.operator("GET", kept, headers={"X-Tenant": "clinic"})).content == packed


async def test_a_key_stands_for_the_content(service: Service) -> None:
    first = await service.send(gzip.compress(professional()), key="k1")
    again = await service.send(gzip.compress(professional(), 1), key="k1")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_in_the_folder(service: Service, tmp_path: Path) -> None:
    into = tmp_path / TENANT / "in"
    into.mkdir(parents=True)
    for name, content in (
        ("a.zip", BOTH),
        ("b.837.gz", BROKEN),
        ("c.ndjson.gz", gzip.compress(json.dumps(CLAIM).encode())),
    ):
        (into / name).write_bytes(content)
    state = service.app.state
    folder = DropFolder(tmp_path, 0.0, state.receiver, state.deliveries, state.vault, service.runtime.pool)
    assert await folder.once() == 3
    reports = {
        path.name.partition(".")[0]: json.loads(path.read_text())
        for path in (tmp_path / TENANT / "out").glob("*.report.json")
    }
    assert (reports["a"]["claims"], reports["a"]["remittances"]) == ({"accepted": 2}, {"matched": 1})
    assert reports["b"]["type"].endswith("packed-input") and reports["b"]["interchange_id"]
    assert reports["c"]["claims"] == {"accepted": 1}
    assert [p.name[:2] for p in (tmp_path / TENANT / "refused").iterdir()] == ["b."]
    assert sorted(p.name[:2] for p in (tmp_path / TENANT / "processed").iterdir()) == ["a.", "c."]


async def test_on_kafka(service: Service) -> None:
    await service.receive(gzip.compress(professional()), BOMB, BROKEN)
    assert await service.emitted() == ["ClaimReceived"] * 2
    told = [e for e in await service.events(topic="edi.outbound") if isinstance(e, InputRefused)]
    assert [e.reason for e in told] == ["unreadable_x12"] * 2
    assert "larger than it may be" in told[0].detail and "cut short" in told[1].detail
    assert all(e.how_to_fix for e in told)
