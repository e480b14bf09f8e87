"""The watched folder: complete files only, one effect, answers beside, whatever dies and however many look."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import BinaryIO

import pytest

from services.intake.adapters import drop_folder
from services.intake.adapters.drop_folder import DropFolder
from services.intake.application.idempotent_inputs import Delivery
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient, payment
from tests.unit.intake.fhir.test_fhir import CLAIM, ORGANIZATIONS
from tests.unit.x12.files import professional

TENANT = "clinic"


def watcher(service: Service, root: Path, settle: float = 0.0) -> DropFolder:
    state = service.app.state
    return DropFolder(root, settle, state.receiver, state.deliveries, state.vault, service.runtime.pool)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / TENANT / "in").mkdir(parents=True)
    return tmp_path


def names(root: Path, folder: str) -> list[str]:
    """File names without the ids in them."""
    found = sorted(p.name for p in (root / TENANT / folder).iterdir())
    return [".".join(part for part in name.split(".") if len(part) != 36) for name in found]


def text_of(root: Path, folder: str, ending: str) -> str:
    (path,) = (p for p in (root / TENANT / folder).iterdir() if p.name.endswith(ending))
    return path.read_text()


async def test_a_file_is_taken_in_and_its_answers_lie_beside(service: Service, root: Path) -> None:
    (root / TENANT / "in" / "monday.837").write_bytes(professional())
    look = watcher(service, root)
    assert [await look.once(), await look.once()] == [1, 0]
    assert names(root, "processed") == ["monday.837"]
    assert names(root, "in") == names(root, "working") == names(root, "refused") == []
    assert names(root, "out") == ["monday.0.999.edi", "monday.1.277CA.edi", "monday.report.json"]
    assert text_of(root, "processed", ".837").encode() == professional()
    assert text_of(root, "out", "277CA.edi").count("STC*A2:20") == 2
    report = json.loads(text_of(root, "out", "report.json"))
    assert report["claims"] == {"accepted": 2}
    kept = await service.runtime.pool.fetchrow("SELECT tenant, source FROM interchanges")
    assert tuple(kept) == (TENANT, "folder")


async def test_the_same_file_delivered_again_has_no_effect_and_is_told_so(service: Service, root: Path) -> None:
    look = watcher(service, root)
    for name in ("a.837", "a.837", "b.837"):
        (root / TENANT / "in" / name).write_bytes(professional())
        assert await look.once() == 1
    reports = [json.loads(p.read_text()) for p in (root / TENANT / "out").glob("*.report.json")]
    reports.sort(key=lambda report: report["interchange_id"])
    assert [report["claims"] for report in reports] == [{"accepted": 2}, {"duplicate": 2}, {"duplicate": 2}]
    assert {report.get("same_as") for report in reports[1:]} == {reports[0]["interchange_id"]}
    assert await service.emitted() == ["ClaimReceived"] * 2
    assert names(root, "processed") == ["a.837", "a.837", "b.837"]


async def test_only_complete_files_are_taken(service: Service, root: Path) -> None:
    into = root / TENANT / "in"
    look = watcher(service, root, settle=0.2)
    whole = professional()
    for name in ("x.837.part", "y.837.tmp", "z.filepart", ".hidden.837"):
        (into / name).write_bytes(whole)
    (into / "elsewhere.837").symlink_to("/etc/hostname")
    (into / "folder").mkdir()
    slow = into / "slow.837"
    slow.write_bytes(whole[:200])
    assert await look.once() == 0
    await asyncio.sleep(0.25)
    slow.write_bytes(whole)  # it grew since
    assert await look.once() == 0
    await asyncio.sleep(0.25)
    assert await look.once() == 1
    (into / "x.837.part").rename(into / "x.837")
    assert await look.once() == 0
    await asyncio.sleep(0.25)
    assert await look.once() == 1
    assert names(root, "processed") == ["slow.837", "x.837"]
    assert "elsewhere.837" in names(root, "in")


async def test_what_is_no_x12_is_refused_with_the_reason(service: Service, root: Path) -> None:
    for name, text in (("empty.837", b""), ("letter.txt", b"Dear payer"), ("old.837", professional()[:400])):
        (root / TENANT / "in" / name).write_bytes(text)
    assert await watcher(service, root).once() == 3
    assert names(root, "refused") == ["empty.837", "letter.txt", "old.837"]
    for path in (root / TENANT / "out").glob("*.report.json"):
        (first, *_) = json.loads(path.read_text())["problems"]
        assert first["message"] and first["how_to_fix"], path.name
    assert "old.0.TA1.edi" in names(root, "out")


async def test_documents_are_told_by_what_they_hold(service: Service, root: Path) -> None:
    into = root / TENANT / "in"
    bundle = {"resourceType": "Bundle", "entry": [*ORGANIZATIONS, {"resource": CLAIM}]}
    (into / "one.json").write_text(json.dumps(bundle, default=str))
    (into / "several.ndjson").write_text('{"claimInformation": {}}\n{"claimInformation": {}}\n')
    assert await watcher(service, root).once() == 2
    assert names(root, "processed") == ["one.json"]
    assert names(root, "refused") == ["several.ndjson"]
    assert await service.emitted() == ["ClaimReceived"]


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("where", ["_sha256", "end", "_lay_out", "write_whole", "rename"])
async def test_dying_anywhere_loses_nothing_and_doubles_nothing(
    service: Service, root: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    text = claims_of_one_patient("PCN1") + payment("PCN1").replace(b"000000042", b"000000043")
    (root / TENANT / "in" / "a.837").write_bytes(text)

    def die(*_: object) -> None:
        raise Died

    async def die_late(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        if where == "rename":
            sound = Path.rename
            patch.setattr(Path, "rename", lambda p, to: die() if "processed" in str(to) else sound(p, to))
        else:
            patch.setattr(Delivery if where == "end" else drop_folder, where, die_late if where == "end" else die)
        with pytest.raises(Died):
            await watcher(service, root).once()
    assert len(names(root, "working")) == 1
    assert await watcher(service, root).once() == 1  # a new process
    assert names(root, "processed") == ["a.837"]
    assert names(root, "out") == ["a.0.999.edi", "a.1.277CA.edi", "a.2.999.edi", "a.report.json"]
    assert json.loads(text_of(root, "out", "report.json"))["claims"] == {"accepted": 1}
    assert "STC*A2:20" in text_of(root, "out", "277CA.edi")
    assert await service.emitted() == ["ClaimReceived", "RemittanceReceived"]
    assert await service.count("interchanges") == 1


async def test_replicas_share_the_work(service: Service, root: Path) -> None:
    for n in range(12):
        text = claims_of_one_patient(f"NUMBER{n}").replace(b"000000042", f"{n + 1:09}".encode())
        (root / TENANT / "in" / f"{n:02}.837").write_bytes(text)
    looks = [watcher(service, root) for _ in range(4)]
    done = await asyncio.gather(*(look.once() for look in looks))
    assert (sum(done), len(names(root, "processed"))) == (12, 12)
    assert await service.emitted() == ["ClaimReceived"] * 12
    assert await service.count("interchanges") == 12


async def test_a_fault_of_ours_lays_one_file_aside_and_goes_on_with_the_others(
    service: Service, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / TENANT / "in" / "bad.837").write_bytes(b"BAD")
    (root / TENANT / "in" / "good.837").write_bytes(professional())
    sound = drop_folder._sha256  # pyright: ignore[reportPrivateUsage]

    def breaks(file: BinaryIO) -> str:
        if file.name.endswith("bad.837"):  # the random name before it has those letters now and then, too
            raise ZeroDivisionError("Jane Roe")
        return sound(file)

    monkeypatch.setattr(drop_folder, "_sha256", breaks)
    look = watcher(service, root)
    assert [await look.once() for _ in range(4)] == [1, 0, 1, 0]
    assert (names(root, "processed"), names(root, "refused")) == (["good.837"], ["bad.837"])
    (report,) = (p.read_text() for p in (root / TENANT / "out").glob("bad.*report.json"))
    assert "unforeseen" in report and "Jane" not in report
