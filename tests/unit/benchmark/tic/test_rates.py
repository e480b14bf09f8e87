"""What is read of in-network and allowed-amounts files, on documents of both schema versions."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.tic.contents import read_contents
from services.benchmark.adapters.tic.rates import Wanted, read_allowed, read_in_network
from services.benchmark.adapters.tic.sources import check_public
from services.benchmark.domain.contracted import Observed, Service

SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "data" / "tic"


def price(rate: str, **more: Any) -> dict[str, Any]:
    fixed = {"negotiated_type": "negotiated", "negotiated_rate": json.loads(rate), "billing_class": "professional"}
    return fixed | {"expiration_date": "9999-12-31", "service_code": ["11", "23"]} | more


def item(code: str, *rates: dict[str, Any], **more: Any) -> dict[str, Any]:
    fixed = {"negotiation_arrangement": "ffs", "billing_code_type": "CPT", "billing_code": code, "description": "d"}
    return fixed | {"negotiated_rates": list(rates)} | more


def group(tin: str, *npis: int) -> dict[str, Any]:
    return {"npi": list(npis), "tin": {"type": "ein", "value": tin}}


def referred(references: list[Any], *prices: dict[str, Any]) -> dict[str, Any]:
    return {"provider_references": references, "negotiated_prices": list(prices)}


def written(folder: Path, document: dict[str, Any], *, packed: bool = False) -> Path:
    content = json.dumps(document).encode()
    path = folder / ("file.json.gz" if packed else "file.json")
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


REFERENCES = [
    {"provider_group_id": 1, "provider_groups": [group("11", 1000000001), group("12", 1000000002)]},
    {"provider_group_id": 2.5, "provider_groups": [group("13", 0, 1000000003)]},
]
OFFICE = Service("99214", "", "professional")


def seen(found: list[Observed]) -> set[tuple[str, str, str, str]]:
    return {(one.service.code, one.service.modifier, one.contract, str(one.rate)) for one in found}


@pytest.mark.parametrize("references_first", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_rates_join_their_contracts_wherever_the_groups_stand(
    tmp_path: Path, references_first: bool, packed: bool
) -> None:
    rates = [item("99214", referred([1, 2.5], price("150.10"))), item("99285", referred([1], price("700")))]
    parts: list[tuple[str, Any]] = [("provider_references", REFERENCES), ("in_network", rates)]
    document = {"reporting_entity_name": "Plan", "version": "2.0.0"} | dict(parts if references_first else parts[::-1])
    found = read_in_network(written(tmp_path, document, packed=packed), Wanted(codes=frozenset({"99214"})))
    assert seen(found.observed) == {("99214", "", f"ein:{tin}", "150.1") for tin in ("11", "12", "13")}
    assert {one.contract: one.npis for one in found.observed}["ein:13"] == (1000000003,)  # NPI 0 is nobody
    assert found.header["reporting_entity_name"] == "Plan"
    assert found.unresolved == 0


def test_groups_may_stand_inline_as_in_schema_1(tmp_path: Path) -> None:
    inline = {"provider_groups": [group("21", 1000000004)], "negotiated_prices": [price("80")]}
    found = read_in_network(written(tmp_path, {"in_network": [item("99214", inline)]}), Wanted())
    assert found.observed == [Observed(OFFICE, "ein:21", Decimal(80), (1000000004,))]


def test_amounts_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    text = json.dumps({"in_network": [item("99214", referred([1], price("1")))], "provider_references": REFERENCES})
    path.write_text(text.replace('"negotiated_rate": 1,', '"negotiated_rate": 123.4500000000000000001,'))
    assert {one.rate for one in read_in_network(path, Wanted()).observed} == {Decimal("123.4500000000000000001")}


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (price("65", negotiated_type="percentage"), "a rate by percentage"),
        (price("900", negotiated_type="per diem"), "a rate by per diem"),
        (price("0"), "a rate of nothing"),
        (price("80", expiration_date="2024-12-31"), "an expired rate"),
        (price("80", service_code=["81"]), "another place of service"),
        (price("80", billing_code_modifier=["80"]), "a modifier that changes the price"),
        (price("80", billing_code_modifier=["26", "59"]), "a modifier that changes the price"),
    ],
)
def test_what_is_no_price_for_the_day_and_place_is_left_out_and_counted(
    tmp_path: Path, one: dict[str, Any], reason: str
) -> None:
    from datetime import date

    path = written(tmp_path, {"in_network": [item("99214", referred([1], one))], "provider_references": REFERENCES})
    found = read_in_network(path, Wanted(place="23", day=date(2025, 1, 1)))
    assert found.observed == []
    assert dict(found.left_out) == {reason: 1}


def test_component_modifiers_are_kept_apart(tmp_path: Path) -> None:
    both = referred([2.5], price("40", billing_code_modifier=["26"]), price("100", billing_code_modifier=[]))
    path = written(tmp_path, {"in_network": [item("93010", both)], "provider_references": REFERENCES})
    assert seen(read_in_network(path, Wanted()).observed) == {
        ("93010", "26", "ein:13", "40"),
        ("93010", "", "ein:13", "100"),
    }


def test_bundles_and_other_code_systems_are_left_out(tmp_path: Path) -> None:
    rates = [
        item("99214", referred([1], price("1")), negotiation_arrangement="bundle"),
        item("99214", referred([1], price("2")), billing_code_type="RC"),
    ]
    found = read_in_network(written(tmp_path, {"in_network": rates, "provider_references": REFERENCES}), Wanted())
    assert found.observed == []
    assert dict(found.left_out) == {"arrangement bundle": 1, "code type RC": 1}


@pytest.mark.parametrize(
    "kind",
    [
        *("RC", "APC", "EAPG", "LOCAL", "NDC", "ICD", "HIPPS", "CSTM-ALL"),
        *("APR-DRG", "R-DRG", "S-DRG", "AP-DRG", "APS-DRG"),
    ],
)
def test_every_other_code_system_is_counted_by_name(tmp_path: Path, kind: str) -> None:
    rates = [item("470", referred([1], price("2")), billing_code_type=kind)]
    found = read_in_network(written(tmp_path, {"in_network": rates, "provider_references": REFERENCES}), Wanted())
    assert (found.observed, dict(found.left_out)) == ([], {f"code type {kind}": 1})


@pytest.mark.parametrize(
    ("kind", "code", "observed", "left_out"),
    [
        ("MS-DRG", "470", ("DRG 470",), {}),
        ("ms-drg", " 470 ", ("DRG 470",), {}),
        ("MS-DRG", "047", (), {}),  # not asked for
        ("MS-DRG", "47", (), {}),
        ("APR-DRG", "470", (), {"code type APR-DRG": 1}),  # another grouper's 470
        ("RC", "0470", (), {}),
        ("CPT", "99214", ("99214",), {}),
        ("CPT", "99215", (), {}),
    ],
)
def test_stays_are_held_by_their_ms_drg(
    tmp_path: Path, kind: str, code: str, observed: tuple[str, ...], left_out: dict[str, int]
) -> None:
    one = item(code, referred([2.5], price("20000", billing_class="institutional")), billing_code_type=kind)
    path = written(tmp_path, {"in_network": [one], "provider_references": REFERENCES})
    found = read_in_network(path, Wanted(codes=frozenset({"DRG 470", "99214"})))
    assert (tuple(rate.service.code for rate in found.observed), dict(found.left_out)) == (observed, left_out)


@pytest.mark.parametrize("code", ["194-4", "1944", "ALL", "000"])
def test_what_is_no_ms_drg_is_counted(tmp_path: Path, code: str) -> None:
    one = item(code, referred([2.5], price("20000")), billing_code_type="MS-DRG")
    path = written(tmp_path, {"in_network": [one], "provider_references": REFERENCES})
    assert dict(read_in_network(path, Wanted()).left_out) == {"code type MS-DRG": 1}


@pytest.mark.parametrize(
    "more",
    [
        {"billing_code_type": "cpt"},
        {"billing_code_type": " CPT "},
        {"billing_code_type": "hcpcs"},
        {"billing_code_type": "CDT"},
        {"negotiation_arrangement": "FFS"},
    ],
)
def test_case_and_blanks_change_nothing(tmp_path: Path, more: dict[str, str]) -> None:
    path = written(
        tmp_path, {"in_network": [item("99214", referred([1], price("2")), **more)], "provider_references": REFERENCES}
    )
    assert len(read_in_network(path, Wanted()).observed) == 2


@pytest.mark.parametrize("arrangement", ["bundle", "capitation", "Bundle", "case rate"])
def test_every_other_arrangement_is_counted_by_name(tmp_path: Path, arrangement: str) -> None:
    one = item("99214", referred([1], price("2")), negotiation_arrangement=arrangement)
    found = read_in_network(written(tmp_path, {"in_network": [one], "provider_references": REFERENCES}), Wanted())
    assert (found.observed, dict(found.left_out)) == ([], {f"arrangement {arrangement}": 1})


@pytest.mark.parametrize(
    ("kind", "basis"),
    [
        ("negotiated", "negotiated"),
        ("Negotiated", "negotiated"),
        ("fee schedule", "fee schedule"),
        ("fee-schedule", "fee schedule"),
        ("DERIVED", "derived"),
    ],
)
def test_the_origin_of_a_rate_is_kept(tmp_path: Path, kind: str, basis: str) -> None:
    one = item("99214", referred([2.5], price("2", negotiated_type=kind)))
    found = read_in_network(written(tmp_path, {"in_network": [one], "provider_references": REFERENCES}), Wanted())
    assert [observed.apart.basis for observed in found.observed] == [basis]


@pytest.mark.parametrize(
    ("codes", "where"),
    [
        (["23"], "facility"),
        (["21", "22"], "facility"),
        (["11"], "office"),
        (["11", "22"], ""),
        (["CSTM-00"], ""),
        ([], ""),
    ],
)
def test_where_a_rate_is_good_is_kept(tmp_path: Path, codes: list[str], where: str) -> None:
    one = item("99214", referred([2.5], price("2", service_code=codes)))
    path = written(tmp_path, {"in_network": [one], "provider_references": REFERENCES})
    assert [observed.apart.places for observed in read_in_network(path, Wanted()).observed] == [where]
    asked = read_in_network(path, Wanted(place=codes[0])) if codes else read_in_network(path, Wanted(place="11"))
    assert [observed.apart.places for observed in asked.observed] == [""]


def test_networks_are_kept_apart(tmp_path: Path) -> None:
    references = [
        {"provider_group_id": 1, "network_name": ["Open", "Select"], "provider_groups": [group("11", 1)]},
        {"provider_group_id": 2, "network_name": ["Select"], "provider_groups": [group("12", 2)]},
    ]
    rates = [item("99214", referred([1, 2], price("80")))]
    path = written(tmp_path, {"in_network": rates, "provider_references": references})
    found = read_in_network(path, Wanted()).observed
    assert sorted((one.apart.network, one.contract) for one in found) == [
        ("Open", "ein:11"),
        ("Select", "ein:11"),
        ("Select", "ein:12"),
    ]
    only = read_in_network(path, Wanted(network="Open"))
    assert ([one.contract for one in only.observed], dict(only.left_out)) == (["ein:11"], {"another network": 1})


@pytest.mark.parametrize("tin", ["12-3456789", "123456789", " 12-3456789", "12 3456789", "12.3456789", "12-3456789\t"])
def test_one_taxpayer_however_written_is_one_contract(tmp_path: Path, tin: str) -> None:
    inline = {"provider_groups": [group(tin, 1)], "negotiated_prices": [price("80")]}
    found = read_in_network(written(tmp_path, {"in_network": [item("99214", inline)]}), Wanted())
    assert [one.contract for one in found.observed] == ["ein:123456789"]


@pytest.mark.parametrize(("tin", "contract"), [("01-2345678", "ein:012345678"), ("12345678", "ein:012345678")])
def test_a_lost_leading_zero_is_put_back(tmp_path: Path, tin: str, contract: str) -> None:
    inline = {"provider_groups": [group(tin, 1)], "negotiated_prices": [price("80")]}
    found = read_in_network(written(tmp_path, {"in_network": [item("99214", inline)]}), Wanted())
    assert [one.contract for one in found.observed] == [contract]


_BAD: list[tuple[str, str]] = [
    ("price", "a malformed rate"),
    ("string rate", "a malformed rate"),
    ("group", "a malformed provider group"),
    ("rates", "malformed rates"),
    ("element", "a malformed element"),
]


@pytest.mark.parametrize(("what", "reason"), _BAD)
def test_what_is_malformed_is_refused_or_skipped_and_counted(tmp_path: Path, what: str, reason: str) -> None:
    """One bad part beside two sound rates of 80 and 90."""
    good, other = price("80"), price("90")
    references: list[Any] = [*REFERENCES]
    rates: list[Any] = [item("99214", referred([2.5], good)), item("99285", referred([2.5], other))]
    if what in ("price", "string rate"):
        bad = good | {"negotiated_rate": None if what == "price" else "a lot"}
        rates[0] = item("99214", referred([2.5], good, bad))
    elif what == "group":
        references.append({"provider_group_id": 9, "provider_groups": [group("14", 4), {"npi": ["1000000009"]}]})
        rates[0] = item("99214", referred([2.5, 9], good))
    elif what == "rates":
        rates[0]["negotiated_rates"].append({"negotiated_prices": "none"})
    else:
        rates.append({"billing_code": 99215})
    path = written(tmp_path, {"in_network": rates, "provider_references": references})
    with pytest.raises(ReferenceFileError):
        read_in_network(path, Wanted())
    found = read_in_network(path, Wanted(skip_bad=True))
    assert {str(one.rate) for one in found.observed} == {"80", "90"}
    assert dict(found.left_out) == {reason: 1}
    assert len(found.observed) == (3 if what == "group" else 2)


def test_a_cut_off_document_is_refused_also_where_bad_parts_are_skipped(tmp_path: Path) -> None:
    path = written(tmp_path, {"in_network": [item("99214", referred([1], price("1")))]})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ReferenceFileError):
        read_in_network(path, Wanted(skip_bad=True))


def test_only_the_providers_asked_for(tmp_path: Path) -> None:
    path = written(
        tmp_path, {"in_network": [item("99214", referred([1], price("80")))], "provider_references": REFERENCES}
    )
    found = read_in_network(path, Wanted(npis=frozenset({1000000002})))
    assert {one.contract for one in found.observed} == {"ein:12"}


def test_groups_kept_elsewhere_are_fetched_once_or_told_as_unresolved(tmp_path: Path) -> None:
    references = [
        {"provider_group_id": 7, "location": "https://example.org/7.json"},
        {"provider_group_id": 8, "location": "https://example.org/gone.json"},
    ]
    rates = [item("99214", referred([7, 8, 9], price("80")))]
    path = written(tmp_path, {"in_network": rates, "provider_references": references})
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        if "gone" in address:
            raise ReferenceFileError("answered 404")
        return json.dumps({"version": "2", "provider_groups": [group("77", 1)]}).encode()

    found = read_in_network(path, Wanted(), fetch)
    assert [one.contract for one in found.observed] == ["ein:77"]
    assert found.unresolved == 2  # 8 could not be had, 9 is nowhere
    assert sorted(asked) == ["https://example.org/7.json", "https://example.org/gone.json"]
    assert read_in_network(path, Wanted()).unresolved == 3


def test_one_malformed_rate_refuses_the_file_and_says_where(tmp_path: Path) -> None:
    bad = referred([1], price('"a lot"'))
    path = written(tmp_path, {"in_network": [item("99214", bad)], "provider_references": REFERENCES})
    with pytest.raises(ReferenceFileError, match=r"1 rows refused.*in_network from byte 16.*negotiated_rate"):
        read_in_network(path, Wanted())


def test_amounts_allowed_for_anesthesia_are_of_cases_and_are_left_out(tmp_path: Path) -> None:
    """Their minutes are not in the file, so that no rate of one unit can be made of them."""

    def allowed(code: str) -> dict[str, Any]:
        one = {"tin": {"type": "ein", "value": "11"}, "billing_class": "professional"}
        payments: list[dict[str, Any]] = [{"allowed_amount": 1625, "billed_charge": 4000, "providers": []}]
        return {"billing_code_type": "CPT", "billing_code": code, "allowed_amounts": [one | {"payments": payments}]}

    path = written(tmp_path, {"out_of_network": [allowed("00670"), allowed("99214")]})
    found = read_allowed(path, Wanted())
    assert [one.service.code for one in found.observed] == ["99214"]
    assert sum(found.left_out.values()) == 1


def test_another_document_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, {"version": "2.0.0"})
    with pytest.raises(ReferenceFileError, match="in-network-rates"):
        read_in_network(path, Wanted())
    with pytest.raises(ReferenceFileError, match="allowed-amounts"):
        read_allowed(path, Wanted())
    with pytest.raises(ReferenceFileError, match="table of contents"):
        list(read_contents(path))


def test_a_cut_off_gzip_file_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, {"in_network": [item("99214")] * 500}, packed=True)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ReferenceFileError, match="not a whole gzip file"):
        read_in_network(path, Wanted())


@pytest.mark.parametrize(
    "address",
    ["http://example.org/f", "ftp://example.org/f", "https://127.0.0.1/f", "https://10.0.0.1/f", "https:///f"],
)
def test_only_public_https_addresses_are_fetched(address: str) -> None:
    with pytest.raises(ReferenceFileError):
        check_public(address)


@pytest.mark.outside(SAMPLES)
def test_the_samples_of_cms_read() -> None:
    found = read_in_network(SAMPLES / "in-network-rates-all-negotiated-types-sample.json", Wanted())
    # office visit 99214 at $150 for the two groups of reference 1; percentages and per diems are no amounts
    assert ("99214", "", "ein:123456789", "150.00") in seen(found.observed)
    assert ("99214", "", "ein:234567890", "150.00") in seen(found.observed)
    assert found.left_out["a rate by percentage"] >= 1
    allowed = read_allowed(SAMPLES / "allowed-amounts-single-plan-sample.json", Wanted())
    assert allowed.observed == []  # its one payment has modifier 25
    assert allowed.left_out["a modifier that changes the price"] == 1
    files = list(read_contents(SAMPLES / "table-of-contents-sample.json", "chip"))
    assert [file.kind for file in files] == ["in_network", "allowed_amounts"]
