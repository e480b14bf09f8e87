"""A tiny reader and the balancing rules, written apart from the code under test: the tests' own judge of X12."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

Segment = list[str]


def segments(data: bytes) -> tuple[list[Segment], str]:
    """The segments of one interchange and its component separator, by the delimiters its ISA announces."""
    text = data.decode("ascii")
    assert text.startswith("ISA")
    element, component, terminator = text[3], text[104], text[105]
    parts = [part.strip("\n") for part in text.split(terminator)]
    assert parts[-1] == ""
    return [part.split(element) for part in parts[:-1]], component


def check_envelope(found: list[Segment]) -> list[list[Segment]]:
    """Control numbers and counts (SE01, GE01, IEA01); returns the transactions, ST and SE included."""
    assert len("*".join(found[0])) == 105
    assert [found[0][0], found[1][0], found[-2][0], found[-1][0]] == ["ISA", "GS", "GE", "IEA"]
    assert found[0][15] == "P", "a test would not be worked"
    assert found[-1][1:] == ["1", found[0][13]]
    assert found[-2][2] == found[1][6]
    sets: list[list[Segment]] = []
    for segment in found[2:-2]:
        if segment[0] == "ST":
            sets.append([])
        sets[-1].append(segment)
    assert found[-2][1] == str(len(sets))
    for number, one in enumerate(sets, 1):
        assert one[-1] == ["SE", str(len(one)), one[0][2]]
        assert int(one[0][2]) == number
    for segment in found[1:]:
        assert segment[-1] != "", f"{segment[0]} ends in an empty element"
    return sets


def luhn(npi: str) -> bool:
    """The NPI check: Luhn over 80840 and the ten digits."""
    digits = [int(d) for d in "80840" + npi][::-1]
    return sum(d if n % 2 == 0 else sum(divmod(2 * d, 10)) for n, d in enumerate(digits)) % 10 == 0


def money(text: str) -> Decimal:
    return Decimal(text or "0")


def cas(segment: Segment) -> list[tuple[str, str, Decimal]]:
    """(group, CARC, amount) of one CAS."""
    return [(segment[1], segment[n], money(segment[n + 1])) for n in range(2, len(segment), 3)]


def claims_835(transaction: list[Segment]) -> Iterator[list[Segment]]:
    current: list[Segment] = []
    for segment in transaction:
        if segment[0] in ("CLP", "PLB", "SE"):
            if current:
                yield current
            current = []
        if segment[0] == "CLP" or current:
            current.append(segment)


def check_835(transaction: list[Segment]) -> None:
    """The three balancing rules of TR3 1.10.2.1, and CLP05 = Σ PR."""
    bpr = next(s for s in transaction if s[0] == "BPR")
    paid = Decimal(0)
    for claim in claims_835(transaction):
        clp = claim[0]
        adjusted, patient, line_charge = Decimal(0), Decimal(0), Decimal(0)
        svc: Segment | None = None
        line_adjusted = Decimal(0)
        for segment in [*claim[1:], ["SVC"]]:
            if segment[0] == "SVC":
                if svc is not None:
                    assert money(svc[2]) - line_adjusted == money(svc[3]), (clp, svc)
                svc, line_adjusted = segment, Decimal(0)
                if len(segment) > 2:
                    line_charge += money(segment[2])
            elif segment[0] == "CAS":
                amounts = cas(segment)
                assert 1 <= len(amounts) <= 6
                adjusted += sum(a for _, _, a in amounts)
                line_adjusted += sum(a for _, _, a in amounts)
                patient += sum(a for group, _, a in amounts if group == "PR")
        assert line_charge == money(clp[3]), clp
        assert money(clp[3]) - adjusted == money(clp[4]), clp
        assert patient == money(clp[5] if len(clp) > 5 else ""), clp
        paid += money(clp[4])
    taken = sum((money(s[n + 1]) for s in transaction if s[0] == "PLB" for n in range(3, len(s), 2)), Decimal(0))
    assert money(bpr[2]) == paid - taken
    assert money(bpr[2]) >= 0
    assert (bpr[4] == "NON") == (money(bpr[2]) == 0)


def claims_837(transaction: list[Segment]) -> Iterator[tuple[Segment, list[Segment]]]:
    """Each CLM with the segments up to the next claim or hierarchical level."""
    clm: Segment | None = None
    rest: list[Segment] = []
    for segment in transaction:
        if clm is not None and segment[0] in ("CLM", "HL", "SE"):
            yield clm, rest
            clm, rest = None, []
        if segment[0] == "CLM":
            clm = segment
        elif clm is not None:
            rest.append(segment)


def line_sum(rest: list[Segment]) -> Decimal:
    """Σ SV102 or SV203."""
    return sum((money(s[2] if s[0] == "SV1" else s[3]) for s in rest if s[0] in ("SV1", "SV2")), Decimal(0))


def check_levels(transaction: list[Segment]) -> None:
    """HL numbers count up, parents come before, HL04 tells of children."""
    levels = [s for s in transaction if s[0] == "HL"]
    parents = {s[2] for s in levels}
    for number, level in enumerate(levels, 1):
        assert level[1] == str(number)
        assert level[3] == "20" or int(level[2]) < number
        assert level[4] == ("1" if level[1] in parents else "0")
