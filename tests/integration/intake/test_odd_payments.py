"""Odd 835s about a claim that is known: what becomes of each claim payment, and what then stands on the claim.

The claim: 99213 at 100.00 and 85025 at 50.50. `files.payment` pays 60.00 and 40.00 of them; the patient owes 20.50.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from shared.events.claims import RemittanceReceived, RemittanceReversed
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient, payment
from tests.integration.intake.test_held import held
from tests.integration.intake.test_held_posted import reversal

PAID = payment("PCN1").decode()
CLAIM = PAID[PAID.index("CLP*") : PAID.index("SE*")]
FIRST = CLAIM[: CLAIM.index("SVC*HC:85025")]
NINETY = CLAIM.replace("*150.5*100*20.5*", "*150.5*90*20.5*").replace("*100*60*", "*100*50*").replace(
    "CO*45*30", "CO*45*40"
)  # fmt: skip
"""The claim paid 10.00 less for its first line."""
TAKEN = reversal("EFT9").decode()
BACK = TAKEN[TAKEN.index("CLP*") : TAKEN.index("PLB*")]
LINE_BACK = """CLP*PCN1*22*-100*-60**12*ICN9*11*1~
NM1*QC*1*PEREZ*ANA****MI*W1~
SVC*HC:99213:25*-100*-60**-1~
DTM*472*20250510~
CAS*CO*45*-30~
CAS*PR*3*-10~
"""
LINE_ANEW = """CLP*PCN1*1*100*75*10*12*ICN9*11*1~
NM1*QC*1*PEREZ*ANA****MI*W1~
SVC*HC:99213:25*100*75**1~
DTM*472*20250510~
CAS*CO*45*15~
CAS*PR*3*10~
"""
REVENUE = CLAIM.replace("HC:99213:25", "NU:0510").replace("HC:85025", "NU:0305")
RECODED = (
    CLAIM.replace("*150.5*100*20.5*", "*150.5*110*20.5*")
    .replace("HC:99213:25*100*60*", "HC:99214*100*70*")
    .replace("CO*45*30", "CO*45*20")
    .replace("HC:85025", "HC:85027")
)
_HALF = """CLP*PCN1*1*50*{paid}*5*12*{icn}*11*1~
NM1*QC*1*PEREZ*ANA****MI*W1~
SVC*HC:99213:25*50*{paid}**1~
DTM*472*20250510~
CAS*CO*45*{cut}~
CAS*PR*3*5~
"""
HALF, OTHER_HALF = _HALF.format(paid=28, icn="ICN9", cut=17), _HALF.format(paid=32, icn="ICN9B", cut=13)
DENIED = """CLP*PCN1*4*150.5*0**12*ICN9*11*1~
NM1*QC*1*PEREZ*ANA****MI*W1~
SVC*HC:99213:25*100*0**1~
DTM*472*20250510~
CAS*CO*29*100~
SVC*HC:85025*50.5*0**1~
DTM*472*20250510~
CAS*CO*29*50.5~
"""


def file(total: str, *claims: str, trace: str = "EFT9", day: str = "20250601", plb: str = "") -> bytes:
    """An 835 of these claim payments; `total` is BPR02."""
    text = PAID[: PAID.index("CLP*")] + "".join(claims) + (f"{plb}~\n" if plb else "") + PAID[PAID.index("SE*") :]
    text = text.replace("BPR*I*100*", f"BPR*I*{total}*").replace("EFT9", trace)
    return text.replace("*DA*2*20250601~", f"*DA*2*{day}~").encode()


@dataclass(frozen=True)
class Odd:
    """Files in their order; what each one's claim payments became; what stands; words in the reasons of what is held.

    `other`: amounts of what is held and is no claim payment.
    """

    files: tuple[bytes, ...]
    outcomes: tuple[dict[str, int], ...]
    stands: str
    words: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


ONE = {"matched": 1}
ODD = {
    "the same claim payment twice in one 835": Odd(
        (file("200", CLAIM, CLAIM),), ({"matched": 1, "held": 1},), "100", ("stands twice",)
    ),
    "the same money under revenue codes": Odd(
        (file("100", CLAIM), file("100", REVENUE, trace="EFT10", day="20250608")),
        (ONE, {"held": 1}), "100", ("likely a duplicate",),
    ),
    "more money under other codes, without a reversal": Odd(
        (file("100", CLAIM), file("110", RECODED, trace="EFT10", day="20250608")),
        (ONE, {"held": 1}), "100", ("more would be answered than it charged",),
    ),
    "more money under other codes, and its reversal a week later": Odd(
        (
            file("100", CLAIM), file("110", RECODED, trace="EFT10", day="20250608"),
            file("-100", BACK, trace="EFT11", day="20250615"),
        ),
        (ONE, {"held": 1}, ONE), "110",
    ),
    "one line in two claim payments": Odd((file("60", HALF, OTHER_HALF),), ({"matched": 2},), "60"),
    "halves of one line in two 835s": Odd(
        (file("28", HALF), file("32", OTHER_HALF, trace="EFT10", day="20250608")),
        (ONE, {"held": 1}), "28", ("whose other part was paid before",),
    ),
    "halves of one line in two 835s, of the same money": Odd(
        (file("28", HALF), file("28", HALF.replace("ICN9*", "ICN9B*"), trace="EFT10", day="20250608")),
        (ONE, {"held": 1}), "28", ("whose other part was paid before",),
    ),
    "a payment in Canadian dollars": Odd(
        (file("100", CLAIM).replace(b"DTM*405*", b"CUR*PR*CAD~\nDTM*405*"),), ({"held": 1},), "0", ("another currency",)
    ),
    "a correction that stands before its reversal": Odd(
        (file("100", CLAIM), file("-10", NINETY, BACK, trace="EFT10", day="20250608")), (ONE, {"matched": 2}), "90"
    ),
    # 100.00 less the 60.00 of its first line, and 75.00 for that line
    "one line taken back and paid anew": Odd(
        (file("100", CLAIM), file("15", LINE_BACK, LINE_ANEW, trace="EFT10", day="20250608")),
        (ONE, {"matched": 2}), "115",
    ),
    "a denial after a payment, without its reversal": Odd(
        (file("100", CLAIM), file("0", DENIED, trace="EFT10", day="20250608")),
        (ONE, {"held": 1}), "100", ("without its reversal",),
    ),
    "a payment after a denial": Odd(
        (file("0", DENIED), file("100", CLAIM, trace="EFT10", day="20250608")), (ONE, ONE), "100"
    ),
    "a payment, its reversal, and the same payment again": Odd(
        (
            file("100", CLAIM), file("-100", BACK, trace="EFT10", day="20250605"),
            file("100", CLAIM, trace="EFT11", day="20250608"),
        ),
        (ONE, ONE, ONE), "100",
    ),
    "a second reversal of what is taken back already": Odd(
        (
            file("100", CLAIM), file("-100", BACK, trace="EFT10", day="20250605"),
            file("-100", BACK, trace="EFT11", day="20250608"),
        ),
        (ONE, ONE, {"held": 1}), "0", ("taken back already",),
    ),
    "status 22 with a negative charge and a positive payment": Odd(
        (file("100", CLAIM), file("100", BACK.replace("*-150.5*-100*", "*-150.5*100*"), trace="EFT10")),
        (ONE, {"held": 1}), "100", ("its charge less",),
    ),
    "a negative payment that is no reversal": Odd(
        (file("100", CLAIM), file("-100", BACK.replace("*22*", "*1*"), trace="EFT10", day="20250605")),
        (ONE, {"held": 1}), "100", ("negative",),
    ),
    "a debit of the provider's account": Odd(
        (file("100", CLAIM).replace(b"*100*C*ACH", b"*100*D*ACH"),), ({"held": 1},), "0", ("debit",)
    ),
    "an estimate that carries an amount": Odd(
        (file("100", CLAIM.replace("CLP*PCN1*1*", "CLP*PCN1*25*")),), ({"held": 1},), "0", ("predetermination",)
    ),
    "a claim that was forwarded, and nothing more": Odd(
        (file("0", DENIED.replace("*4*150.5", "*23*150.5").replace("CO*29", "OA*109")),), (ONE,), "0"
    ),
    "paid less than the sum of its claims": Odd((file("99.5", CLAIM),), (ONE,), "100", ("not the sum",), ("-0.5",)),
    "a PLB that cannot be read beside a claim that can": Odd(
        (file("90", CLAIM, plb="PLB*1234567893*20251231*WO:ICN0*TEN"),), (ONE,), "100", ("number",), ("None",)
    ),
    "a PLB alone": Odd((file("-10", plb="PLB*1234567893*20251231*FB:EFT8*10"),), ({},), "0"),
    "an 835 of nothing": Odd((file("0"),), ({},), "0"),
    "money and no claim": Odd((file("75"),), ({},), "0", ("not the sum",), ("75",)),
    "one line of two, and the other a week later": Odd(
        (
            file("60", FIRST.replace("*150.5*100*20.5*", "*100*60*10*")),
            file("40", CLAIM.replace("*150.5*100*20.5*", "*50.5*40*10.5*").replace(
                FIRST[FIRST.index("SVC") :], ""), trace="EFT10", day="20250608"),
        ),
        (ONE, ONE), "100",
    ),
    "the account number of another patient": Odd(
        (file("100", CLAIM.replace("PEREZ*ANA****MI*W1", "STONE*LEE****MI*X9")),), ({"ambiguous": 1},), "0",
    ),
    # day and patient are another's: nothing but the number fits, so that it waits for a claim of its own
    "the account number of another patient on another day": Odd(
        (file("100", CLAIM.replace("PEREZ*ANA****MI*W1", "STONE*LEE****MI*X9").replace("20250510", "20250512")),),
        ({"waiting": 1},), "0",
    ),
    "the patient's own payment on another day": Odd(
        (file("100", CLAIM.replace("20250510", "20250512")),), (ONE,), "100"
    ),
    "another patient's payment without any day": Odd(
        (file("100", CLAIM.replace("PEREZ*ANA****MI*W1", "STONE*LEE****MI*X9").replace("DTM*472*20250510~\n", "")),),
        ({"ambiguous": 1},), "0",
    ),
    "the account number in lower case with blanks": Odd(
        (file("100", CLAIM.replace("CLP*PCN1*", "CLP* pcn1 *")),), (ONE,), "100"
    ),
    # fewer than six characters in common say nothing of an altered number
    "a short account number with a suffix": Odd(
        (file("100", CLAIM.replace("CLP*PCN1*", "CLP*PCN1-01*")),), ({"ambiguous": 1},), "0"
    ),
    "charges in other spelling": Odd(
        (
            file("100.00", CLAIM.replace("*150.5*100*20.5*", "*0150.50*100.00*20.50*").replace(
                "*100*60*", "*100.*60.00*")),
        ),
        (ONE,), "100",
    ),
    "of two claims one that does not balance": Odd(
        (file("190", CLAIM, NINETY.replace("CLP*PCN1*", "CLP*PCN2*").replace("CO*45*40", "CO*45*30")),),
        ({"matched": 1, "held": 1},), "100", ("its charge less its adjustments",),
    ),
    "two sets, of which the second breaks off": Odd(
        (
            file("100", CLAIM).replace(b"GE*1*1~\nIEA*1*000000042~\n", b"").replace(b"~\n", b"~")
            + b"ST*835*0002~BPR*I*90*C*ACH~TRN*1*EFT10*1512345678~LX*1~" + NINETY[:60].replace("~\n", "~").encode(),
        ),
        ({"matched": 1, "held": 1},), "100", ("breaks off",),
    ),
    "in a group of claims": Odd((file("100", CLAIM).replace(b"GS*HP*", b"GS*HC*"),), (ONE,), "100"),
    "its amounts between blanks": Odd(
        (file(" 100", CLAIM.replace("*150.5*100*20.5*", "*150.5 * 100*20.5*")),), (ONE,), "100"
    ),
    "a day of service that is none": Odd((file("100", CLAIM.replace("20250510", "20259910")),), (ONE,), "100"),
    "a payment dated before the service": Odd((file("100", CLAIM, day="20240101"),), ({"ambiguous": 1},), "0"),
    "units that are words": Odd((file("100", CLAIM.replace("*60**1~", "*60**ONE~")),), (ONE,), "100"),
    "adjustments with the sign turned": Odd(
        (file("100", CLAIM.replace("CO*45*30", "CO*45*-30")),), ({"held": 1},), "0", ("its charge less",)
    ),
    "the second payer's payment after the first's": Odd(
        (
            file("100", CLAIM),
            file("20.5", """CLP*PCN1*2*150.5*20.5**12*S1*11*1~
NM1*QC*1*PEREZ*ANA****MI*X77~
SVC*HC:99213:25*100*10**1~
DTM*472*20250510~
CAS*OA*23*60~
CAS*CO*45*30~
SVC*HC:85025*50.5*10.5**1~
DTM*472*20250510~
CAS*OA*23*40~
""", trace="SEC1", day="20250620").replace(b"N1*PR*PAYER", b"N1*PR*SECOND MUTUAL").replace(
                b"1512345678", b"1599999999"),
        ),
        (ONE, ONE), "120.5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
async def test_an_odd_payment_ends_as_it_should(service: Service, name: str) -> None:
    odd = ODD[name]
    await service.send(claims_of_one_patient("PCN1"))
    became = [(await service.send(data)).json() for data in odd.files]
    assert [one.get("remittances", {}) for one in became] == list(odd.outcomes), [one.get("problems") for one in became]
    events = [e for e in await service.events() if isinstance(e, RemittanceReceived | RemittanceReversed)]
    assert sum((e.remittance.paid for e in events), Decimal(0)) == Decimal(odd.stands)
    rows = await held(service)
    reasons = " | ".join(reason["message"] for row in rows for reason in row["reasons"])
    assert all(word in reasons for word in odd.words), reasons
    assert bool(rows) == bool(odd.words), reasons
    assert sorted(str(row["amount"]) for row in rows if row["kind"] != "payment") == sorted(odd.other)
    counted = sum(sum(one.get("remittances", {}).values()) for one in became)
    assert counted == sum(data.count(b"CLP*") for data in odd.files), "each claim payment is counted"


async def test_halves_of_a_line_from_two_835s_are_posted_as_one_and_never_one_for_the_other(service: Service) -> None:
    """28.00 and 32.00 of one line's 100.00: forced beside the first, the second would take its place."""
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(file("28", HALF))
    await service.send(file("32", OTHER_HALF, trace="EFT10", day="20250608"))
    (received,) = [e for e in await service.events() if isinstance(e, RemittanceReceived)]
    (item,) = await held(service)
    where = f"/v1/worklist/held/{item['held_id']}/resolution"
    forced = {"choice": "post", "claim_id": received.claim_id, "force": True, "note": "both came"}
    refused = await service.operator("POST", where, json=forced)
    assert (refused.status_code, "other part stands" in refused.text) == (409, True), refused.text
    off = f"/v1/worklist/remittances/{received.remittance.remittance_id}/resolution"
    taken = await service.operator("POST", off, json={"choice": "unmatch", "note": "it is half of a line"})
    assert taken.is_success, taken.text
    whole = HALF.replace("*1*50*28*5*", "*1*100*60*10*").replace("*50*28**1", "*100*60**1")
    whole = whole.replace("CO*45*17", "CO*45*30").replace("PR*3*5", "PR*3*10")
    joined = {"choice": "correct", "x12": whole, "claim_id": received.claim_id, "force": True, "note": "both halves"}
    posted = await service.operator("POST", where, json=joined)
    assert posted.is_success, posted.text
    *_, last = [e for e in await service.events() if isinstance(e, RemittanceReceived | RemittanceReversed)]
    assert (last.remittance.paid, [line.charge for line in last.remittance.lines]) == (Decimal(60), [Decimal(100)])
