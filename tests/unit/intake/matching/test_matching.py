"""Payments find their claims, or go to a person: never a guess."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from recoup_x12.model import Claim, Party, Remittance, ServicePayment
from services.intake.domain.facts import claim_facts, remittance_facts
from services.intake.domain.identity import claim_id, claim_keys, lookup_keys
from services.intake.domain.matching import (
    Ambiguous,
    Candidate,
    Match,
    Matched,
    Unmatched,
    alteration,
    match,
    names_another,
    score,
)
from tests.unit.intake.identity.examples import (
    NPI,
    OTHER_NPI,
    claim,
    line,
    paid_line,
    patient,
    payment,
)

TODAY = date(2025, 4, 2)


def candidate(of: Claim) -> Candidate:
    return Candidate(claim_id("t", of), claim_facts("t", of, (), TODAY))


def found(of: Remittance, claims: list[Claim]) -> Match:
    """Match as the service does: among the claims that share a key with the payment."""
    keys = set(lookup_keys(of))
    shared = [(c, keys.intersection(claim_keys(c))) for c in claims]
    return match(of, [Candidate(claim_id("t", c), candidate(c).facts, tuple(sorted(k))) for c, k in shared if k])


def test_everything_equal_scores_100() -> None:
    made = match(payment(), [candidate(claim())])
    assert made == Matched(
        claim_id("t", claim()),
        100,
        "control number equal, charge equal, provider equal, service date equal, payer equal",
    )


@pytest.mark.parametrize(
    ("sent", "points"),
    [
        # 100 for the number, less: 6 the payer's number, 12 the charge, 4 part of the lines, 3 a date inside,
        # 20 another date, 40 another provider, 3 no payee, 15 no procedure in common
        (payment(payer="", payer_name="AETNA LIFE"), 94),
        (payment(payer="", payer_name="Aetna"), 100),
        (payment(paid_line(charge="140.00")), 88),
        (payment(paid_line(day=date(2025, 2, 1))), 80),
        (payment(payee=OTHER_NPI), 60),
        (payment(payee=""), 97),
        (payment(paid_line("80053", "150.00")), 85),
        (payment(number="pcn-0001"), 92),
        (payment(number="PCN00"), 62),  # five characters in common say nothing
        (payment(number="PCN000"), 88),
        (payment(number="PCN0001-2"), 88),
        (payment(number="XYZ"), 62),
    ],
)
def test_scores(sent: Remittance, points: int) -> None:
    assert score(sent, candidate(claim())).score == points


@pytest.mark.parametrize(
    ("found_by", "day", "said"),
    [
        # keys of provider, day and patient are the only ones that tell of a patient and day
        (("m:1",), date(2025, 3, 1), "control number differs, same patient and day"),
        (("p:1", "n:PCN0001"), date(2025, 3, 1), "control number differs, same patient and day"),
        (("m:1",), date(2025, 4, 9), "control number differs, same patient"),
        (("n:PCN0001",), date(2025, 3, 1), "control number differs"),
        ((), date(2025, 3, 1), "control number differs"),
        (("f:1", "m:1"), date(2025, 3, 1), "control number differs, payer's claim number equal"),
    ],
)
def test_what_agrees_is_said_by_the_keys_that_bear_it_out(found_by: tuple[str, ...], day: date, said: str) -> None:
    of = candidate(claim())
    facts = replace(of.facts, service_from=date(2025, 3, 1), service_to=date(2025, 3, 1))
    told = score(payment(paid_line(day=day), number="XYZ"), Candidate(of.claim_id, facts, found_by)).reason
    assert told.startswith(f"{said}, charge equal")


@pytest.mark.parametrize(
    ("sent", "known", "how"),
    [
        ("abc-123", "ABC123", "spelling"),
        ("123456", "000123456", "spelling"),
        ("ABC1234", "ABC12345678", "cut short"),
        ("C12345678", "ABC12345678", "without its beginning"),
        ("ABC12345678-01", "ABC12345678", "with a suffix"),
        ("XABC12345678", "ABC12345678", "with a prefix"),
        ("ABC12", "ABC12345678", ""),
        ("ABD12345678", "ABC12345678", ""),
        ("0", "0", ""),
    ],
)
def test_alterations_have_names(sent: str, known: str, how: str) -> None:
    assert alteration(sent, known) == how


def test_part_of_a_split_claim_matches() -> None:
    whole = claim(line(1, "99213", "150.00"), line(2, "12001", "300.00"))
    for part in (payment(paid_line("99213", "150.00")), payment(paid_line("12001", "300.00"))):
        made = match(part, [candidate(whole)])
        assert isinstance(made, Matched)
        assert made.score == 96


def test_a_reversal_matches_by_its_absolute_amounts() -> None:
    made = match(payment(paid_line("99213", "-150.00", "-60.00"), status="22"), [candidate(claim())])
    assert isinstance(made, Matched)
    assert made.score == 100


def test_the_payer_decides_between_the_primary_and_the_secondary_claim() -> None:
    primary, secondary = claim(), claim(payer="87726", payer_name="UNITED")
    made = match(payment(payer="87726", payer_name="UNITED"), [candidate(primary), candidate(secondary)])
    assert isinstance(made, Matched)
    assert made.claim_id == claim_id("t", secondary)


def test_claims_that_fit_alike_go_to_a_person() -> None:
    primary, secondary = claim(), claim(payer="87726", payer_name="UNITED")
    made = match(payment(payer="", payer_name="SOME TPA"), [candidate(primary), candidate(secondary)])
    assert isinstance(made, Ambiguous)
    assert set(made.claim_ids) == {claim_id("t", primary), claim_id("t", secondary)}
    assert made.reason.startswith("2 claims fit alike")


def test_two_claims_of_one_patient_and_day_are_not_guessed_between() -> None:
    one, two = claim(number="A0000001"), claim(number="B0000002")
    made = found(payment(number="0"), [one, two])
    assert isinstance(made, Ambiguous)
    assert len(made.candidates) == 2


def test_a_mangled_number_alone_is_never_enough() -> None:
    made = found(payment(number="0", payer_claim_number=""), [claim()])
    assert isinstance(made, Ambiguous)
    assert made.score == 62


def test_the_payers_number_makes_up_for_a_mangled_one() -> None:
    of = claim()
    sent = payment(number="0", parties=())
    made = match(sent, [Candidate("c", candidate(of).facts, ("f:1234567893|ICN77",))])
    assert isinstance(made, Matched)
    assert made.score == 88


OURS, MEMBER = f"f:{NPI}|ICN77", "m:0123"


@pytest.mark.parametrize(
    ("payer", "who", "found_by", "points"),
    [
        # 88 for the payer's number of the claim, 62 where neither payer nor patient confirms it; less 6 for the number
        # of the payer itself, 25 for another patient
        (("60054", "AETNA"), patient(), (OURS, MEMBER), 88),
        (("60054", "AETNA"), None, (OURS,), 88),
        (("77202", "HARBOR MUTUAL"), patient(), (OURS, MEMBER), 82),
        (("77202", "HARBOR MUTUAL"), None, (OURS,), 56),
        (("77202", "HARBOR MUTUAL"), patient("STONE", "LEE", "W9"), (OURS,), 31),
        (("60054", "AETNA"), patient("STONE", "LEE", "W9"), (OURS,), 63),
    ],
)
def test_a_payers_number_of_a_claim_is_one_of_that_payer_and_patient(
    payer: tuple[str, str], who: Party | None, found_by: tuple[str, ...], points: int
) -> None:
    """Two payers may give two claims of one provider, day and charge the same number (CLP07)."""
    number, name = payer
    sent = payment(number="0", payer=number, payer_name=name, who=who)
    sent = sent if who else replace(sent, parties=())
    keys = tuple(lookup_keys(sent)) if MEMBER in found_by else found_by
    assert score(sent, Candidate("c", candidate(claim()).facts, keys)).score == points


@pytest.mark.parametrize(
    ("paid_on", "kind"), [(date(2025, 3, 3), Ambiguous), (date(2025, 3, 4), Matched), (date(2025, 4, 1), Matched)]
)
def test_what_was_paid_before_the_service_is_for_a_person(paid_on: date, kind: type[Match]) -> None:
    """The service was on 4 March 2025."""
    sent = payment()
    made = match(replace(sent, payment=replace(sent.payment, paid_on=paid_on)), [candidate(claim())])
    assert isinstance(made, kind)
    assert ("before the service" in made.reason) == (kind is Ambiguous)


@pytest.mark.parametrize(
    ("assumed", "arrived", "received"),
    [
        (date(2025, 2, 1), date(2025, 6, 2), date(2025, 3, 4)),
        (date(2025, 3, 4), date(2025, 6, 2), date(2025, 3, 4)),
        (date(2025, 3, 20), date(2025, 6, 2), date(2025, 3, 20)),
        (date(2025, 2, 1), None, date(2025, 2, 1)),  # stated, not assumed
    ],
)
def test_no_payment_is_assumed_to_have_come_before_the_service(
    assumed: date, arrived: date | None, received: date
) -> None:
    told = remittance_facts(payment(), "R", candidate(claim()).facts, assumed, arrived)
    assert (told.received_on, told.arrived_on) == (received, arrived)


UNNUMBERED = patient("ROE", "JANE", "")


def test_the_full_name_of_a_patient_who_has_another_claim_that_day_is_not_overruled_by_a_number() -> None:
    """The payer sends no member number. The claim of the name is 62, with the number of another patient's claim."""
    his, hers = claim(number="HIS1", subscriber=patient("STONE", "LEE", "W9")), claim(number="HERS1")
    sent = payment(number="HIS1", who=UNNUMBERED)
    made = found(sent, [his, hers])
    assert isinstance(made, Ambiguous)
    assert (made.score, made.candidates[0].claim_id) == (75, claim_id("t", his))
    assert isinstance(found(payment(number="HERS1", who=UNNUMBERED), [his, hers]), Matched)


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ((paid_line(),), Matched),  # 90: payers spell names in many ways
        ((paid_line(charge="140.00"),), Ambiguous),  # 78: the charge differs too
    ],
)
def test_a_name_that_nobody_has_costs_the_benefit_of_the_doubt(
    lines: tuple[ServicePayment, ...], kind: type[Match]
) -> None:
    made = found(payment(*lines, who=patient("ROWE", "JAYNE", "")), [claim()])
    assert isinstance(made, kind)
    assert "patient differs in name, member number not told" in made.reason


@pytest.mark.parametrize(
    ("payee", "points"),
    [
        # 40 for another provider, whoever rendered the service; 3 where it is paid to the one who did
        (OTHER_NPI, 60),
        ("1992999825", 97),
    ],
)
def test_the_payee_decides_between_two_groups_of_one_physician(payee: str, points: int) -> None:
    of = candidate(claim(providers=(Party("82", "1", "WHO", "DOC", id_qualifier="XX", id="1992999825"),)))
    assert of.facts.rendering_npi == "1992999825"
    sent = payment(payee=payee)
    rendered = Party("82", "1", id_qualifier="XX", id="1992999825")
    assert score(replace(sent, parties=(*sent.parties, rendered)), of).score == points


HELD = payment(number="PCN0001")


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        (payment(number="PCN0001"), ()),
        (payment(number="pcn-0001"), ()),
        (payment(number="PCN0001", who=patient(member="W1")), ()),  # one of name and number is the same
        (payment(number="PCN0002"), ("another claim",)),
        (payment(number="PCN0001", who=patient("STONE", "LEE", "W9")), ("another patient",)),
        (payment(number="PCN0002", who=patient("STONE", "LEE", "W9")), ("another claim", "another patient")),
    ],
)
def test_what_is_posted_instead_of_a_held_payment_names_the_same_claim_and_patient(
    instead: Remittance, words: tuple[str, ...]
) -> None:
    said = names_another(HELD, HELD.control_number, instead)
    assert len(said) == len(words) and all(word in one for word, one in zip(words, said, strict=True))
    assert names_another(None, "", instead) == ()


def test_a_cut_number_finds_its_claim_among_neighbours() -> None:
    firsts = ["ADA", "BEN", "CLEO", "DAN", "EVE", "FAY", "GUS", "HAL", "IDA", "JIM"]  # a family, seen on one day
    neighbours = [claim(number=f"VISIT000001{n}", subscriber=patient(first=f)) for n, f in enumerate(firsts)]
    made = found(payment(number="VISIT000001", who=patient(first="HAL")), neighbours)
    assert isinstance(made, Matched)
    assert made.claim_id == claim_id("t", neighbours[7])


def test_twenty_characters_in_common_are_not_enough_without_the_patient() -> None:
    arrived = claim(number="ABCDEFGHIJ0123456789XYZ", subscriber=patient("OTHER", "PERSON", "W5"))
    made = found(payment(number="ABCDEFGHIJ0123456789", payer_claim_number=""), [arrived])
    assert isinstance(made, Ambiguous)
    assert made.score == 70
    own = found(payment(number="ABCDEFGHIJ0123456789"), [claim(number="ABCDEFGHIJ0123456789XYZ")])
    assert isinstance(own, Matched)


def test_another_visit_of_the_same_patient_waits_for_its_own_claim() -> None:
    other = payment(paid_line("80053", "33.00"), number="LAB777777", payer_claim_number="ICN5")
    assert isinstance(found(other, [claim()]), Unmatched)


def test_nothing_known_waits() -> None:
    made = match(payment(), [])
    assert isinstance(made, Unmatched)


def test_reasons_name_no_patient() -> None:
    for made in (match(payment(number="XYZ"), [candidate(claim())]), match(payment(), [candidate(claim())])):
        assert isinstance(made, Matched | Ambiguous)
        for secret in ("ROE", "PCN0001", "XYZ", "W123456789"):
            assert secret not in made.reason


numbers = st.text("ABC0123456789", min_size=1, max_size=20)
members = st.text("WX0123456789", min_size=4, max_size=12)


@given(numbers, st.sampled_from(["{}", "00{}", " {} ", "-{}-"]), st.booleans())
def test_matching_does_not_depend_on_spelling(number: str, form: str, lower: bool) -> None:
    sent = form.format(number.lower() if lower else number)
    made = found(payment(number=sent), [claim(number=number)])
    if number.strip("0"):
        assert isinstance(made, Matched)
        assert made.score >= 92
    else:
        assert isinstance(made, Ambiguous | Matched)


@given(st.lists(st.tuples(numbers, members, st.sampled_from(["150.00", "175.00"])), min_size=2, max_size=6), st.data())
def test_a_match_is_never_one_of_two_equals(rows: list[tuple[str, str, str]], data: st.DataObject) -> None:
    claims = [claim(line(charge=c), number=n, subscriber=patient(member=m)) for n, m, c in rows]
    number, member, charge = data.draw(st.sampled_from(rows))
    sent = payment(paid_line(charge=charge), number=data.draw(st.sampled_from([number, number[:8], "0"])),
                   who=patient(member=member))  # fmt: skip
    unique = list({claim_id("t", c): c for c in claims}.values())
    made = found(sent, unique)
    assert made == found(sent, unique[::-1])
    if isinstance(made, Matched):
        keys = set(lookup_keys(sent))
        scores = {claim_id("t", c): score(sent, candidate(c)).score for c in unique if keys.intersection(claim_keys(c))}
        best = scores.pop(made.claim_id)
        assert best >= 80
        assert all(best - other >= 5 for other in scores.values())


def test_a_cut_number_of_one_child_never_matches_another() -> None:
    arrived = claim(number="VISIT0000012", subscriber=patient(first="MARK"))
    made = found(payment(number="VISIT000001", who=patient(first="MARY"), payer_claim_number=""), [arrived])
    assert isinstance(made, Unmatched)


@given(st.tuples(numbers, numbers), st.tuples(members, members), st.integers(6, 20))
def test_a_cut_number_never_matches_another_patient(two: tuple[str, str], who: tuple[str, str], length: int) -> None:
    """The true claim has not arrived; another patient's, of the same day and charge, has."""
    true, other = two
    if true.strip("0") == other.strip("0") or who[0] == who[1] or true[:length].lstrip("0") == other.lstrip("0"):
        return
    arrived = claim(number=other, subscriber=patient("OTHER", "PERSON", who[1]))
    made = found(payment(number=true[:length], who=patient(member=who[0]), payer_claim_number=""), [arrived])
    assert not isinstance(made, Matched)


def test_amounts_are_exact() -> None:
    assert score(payment(paid_line(charge="150.000")), candidate(claim())).score == 100
    assert score(payment(charge=Decimal("150.01")), candidate(claim())).score == 88
