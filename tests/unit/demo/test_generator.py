"""The generator: same seed, same bytes; every file balances; the manifest tells the truth about the files."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from recoup_tools.demo.generator import generate
from recoup_tools.demo.manifest import ExpectedClaim, Manifest, expected_claims
from tests.unit.demo.x12_check import (
    check_835,
    check_envelope,
    check_levels,
    claims_835,
    claims_837,
    line_sum,
    luhn,
    money,
    segments,
)

TODAY = date(2025, 11, 24)
CLAIMS = 1200  # three chunks, the last one short


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest, dict[str, ExpectedClaim]]:
    directory = tmp_path_factory.mktemp("generated")
    manifest = generate(directory, claims=CLAIMS, seed=11, today=TODAY)
    return directory, manifest, {c.control_number: c for c in expected_claims(directory)}


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path: Path) -> None:
    def digest(name: str, seed: int, today: date = TODAY) -> dict[str, str]:
        generate(tmp_path / name, claims=150, seed=seed, today=today)
        return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in (tmp_path / name).iterdir()}

    first = digest("a", 5)
    assert first == digest("b", 5)
    assert first["claims.ndjson"] != digest("c", 6)["claims.ndjson"]
    assert first != digest("d", 5, date(2025, 11, 25))


def test_a_claim_does_not_depend_on_how_many_there_are(tmp_path: Path) -> None:
    generate(tmp_path / "few", claims=20, seed=3, today=TODAY)
    generate(tmp_path / "more", claims=700, seed=3, today=TODAY)
    assert list(expected_claims(tmp_path / "few")) == list(expected_claims(tmp_path / "more"))[:20]


def test_manifest_is_read_back_and_its_digests_hold(run: tuple[Path, Manifest, dict[str, ExpectedClaim]]) -> None:
    directory, manifest, _ = run
    assert Manifest.read(directory) == manifest
    for entry in manifest.files:
        data = (directory / entry.name).read_bytes()
        assert (entry.bytes, entry.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    on_disk = {f.name for f in directory.iterdir()} - {"manifest.json", "claims.ndjson"}
    assert on_disk == {f.name for f in manifest.files}


def test_duplicates_repeat_their_file_byte_for_byte(run: tuple[Path, Manifest, dict[str, ExpectedClaim]]) -> None:
    directory, manifest, _ = run
    again = [f for f in manifest.files if f.duplicate_of]
    assert len(again) == manifest.counts.duplicate_files > 0
    order = [f.name for f in manifest.files]
    for entry in again:
        assert (directory / entry.name).read_bytes() == (directory / entry.duplicate_of).read_bytes()
        assert order.index(entry.duplicate_of) < order.index(entry.name)


def test_every_835_balances(run: tuple[Path, Manifest, dict[str, ExpectedClaim]]) -> None:
    directory, manifest, _ = run
    kinds: Counter[str] = Counter()
    traces: Counter[str] = Counter()
    for entry in manifest.files:
        if entry.kind != "835" or entry.duplicate_of:
            continue
        found, _ = segments((directory / entry.name).read_bytes())
        assert found[1][8] == "005010X221A1"
        for one in check_envelope(found):
            check_835(one)
            traces[next(s[2] for s in one if s[0] == "TRN")] += 1
            kinds.update(s[3].split(":")[0].split(">")[0] for s in one if s[0] == "PLB")
            kinds.update(s[2] for s in one if s[0] == "CLP")
    assert kinds["L6"] > 0  # interest
    assert kinds["22"] > 0  # reversals
    assert kinds["4"] > 0  # denials
    assert max(traces.values()) == 1


def test_837_charges_and_npis_are_wrong_only_where_the_manifest_says(
    run: tuple[Path, Manifest, dict[str, ExpectedClaim]],
) -> None:
    directory, manifest, expected = run
    versions = {"837P": "005010X222A1", "837I": "005010X223A2"}
    seen: Counter[str] = Counter()
    for entry in manifest.files:
        if entry.kind == "835" or entry.duplicate_of:
            continue
        found, component = segments((directory / entry.name).read_bytes())
        assert found[1][8] == versions[entry.kind]
        for one in check_envelope(found):
            check_levels(one)
            assert all(luhn(s[9]) for s in one if s[0] == "NM1" and s[1] == "85")
            for clm, rest in claims_837(one):
                claim = expected[clm[1]]
                frequency = clm[5].split(component)[2]
                seen[frequency] += 1
                assert (line_sum(rest) == money(clm[2])) == (claim.kind != "unbalanced")
                npis = [s[9] for s in rest if s[0] == "NM1" and s[1] in ("82", "71", "77")]
                assert all(luhn(npi) for npi in npis) == (claim.kind != "bad_npi")
                if frequency != "1":
                    assert any(s[:2] == ["REF", "F8"] for s in rest)
                if frequency != "1" or not claim.replaced:
                    assert money(clm[2]) == claim.billed
                service = {s[3] for s in rest if s[0] == "DTP" and s[1] == "472"}
                assert len(service) == 1
                assert "20250910" <= service.pop() <= "20251019"  # 75 to 36 days before the day
    assert seen["1"] == CLAIMS
    assert seen["7"] == manifest.counts.replaced > 0
    assert seen["8"] == manifest.counts.voided > 0
    assert sum(seen.values()) == manifest.counts.claim_submissions


def test_manifest_money_is_the_files_money(run: tuple[Path, Manifest, dict[str, ExpectedClaim]]) -> None:
    directory, manifest, expected = run
    paid: dict[str, list[Decimal]] = {}
    unmatched = 0
    for entry in manifest.files:
        if entry.kind != "835" or entry.duplicate_of:
            continue
        found, _ = segments((directory / entry.name).read_bytes())
        for clp in (s for s in found if s[0] == "CLP"):
            if clp[1] in expected:
                paid.setdefault(clp[1], []).append(money(clp[4]))
            else:
                unmatched += 1
    assert unmatched == manifest.counts.unmatched_remittances > 0
    for number, claim in expected.items():
        amounts = paid.get(number, [])
        assert len(amounts) == claim.remittances
        assert sum(amounts, Decimal(0)) == claim.paid_by_files
        assert (amounts or [Decimal(0)])[0] == claim.paid_at_first
        assert (not amounts) == (claim.disposition != "accepted")
    assert sum((c.paid_by_files for c in expected.values()), Decimal(0)) == manifest.counts.paid_by_files
    assert sum((c.billed for c in expected.values()), Decimal(0)) == manifest.counts.billed


def test_reversals_undo_and_corrections_follow(run: tuple[Path, Manifest, dict[str, ExpectedClaim]]) -> None:
    directory, manifest, _ = run
    pairs = 0
    for entry in manifest.files:
        if entry.kind != "835" or entry.duplicate_of:
            continue
        found, _ = segments((directory / entry.name).read_bytes())
        earlier: dict[str, list[str]] = {}
        for one in check_envelope(found):
            claims = [claim[0] for claim in claims_835(one)]
            for n, clp in enumerate(claims):
                if clp[2] == "22":
                    first = earlier[clp[1]]
                    assert [money(clp[3]), money(clp[4])] == [-money(first[3]), -money(first[4])]
                    assert clp[7] == first[7]
                    correction = claims[n + 1]
                    assert (correction[1], correction[2]) == (clp[1], "1")
                    assert money(correction[4]) > money(first[4])
                    pairs += 1
                earlier[clp[1]] = clp
    assert pairs == manifest.counts.reversals == manifest.counts.kinds["corrected"] > 0


def test_early_remittances_come_before_their_claims(run: tuple[Path, Manifest, dict[str, ExpectedClaim]]) -> None:
    directory, manifest, expected = run
    first_claim: dict[str, int] = {}
    first_paid: dict[str, int] = {}
    for place, entry in enumerate(manifest.files):
        found, _ = segments((directory / entry.name).read_bytes())
        for segment in found:
            if segment[0] == "CLM":
                first_claim.setdefault(segment[1], place)
            elif segment[0] == "CLP":
                first_paid.setdefault(segment[1], place)
    overtaken = {n for n in expected if n in first_paid and first_paid[n] < first_claim[n]}
    assert overtaken == {n for n, claim in expected.items() if claim.early}
    assert len(overtaken) == manifest.counts.early_remittances > 0


def test_the_mix_is_varied(run: tuple[Path, Manifest, dict[str, ExpectedClaim]]) -> None:
    _, manifest, expected = run
    assert len({c.specialty for c in expected.values()}) == 7
    assert len({c.payer_id for c in expected.values()}) == 7
    assert {c.track for c in expected.values()} == {"federal", "state", "none"}
    assert 0.45 < sum(c.kind == "underpaid" for c in expected.values()) / CLAIMS < 0.60
    assert set(manifest.counts.kinds) == {c.kind for c in expected.values()}
    assert len(manifest.counts.kinds) == 11
