"""Writes an 837P or 835 interchange of a given size, seeded, with the variety that real files have.

`python -m bench.parse.generate 837 5000 > claims.837`
Each 837P claim: its own subscriber (name, address, birth date, member id), 1-4 diagnoses, three lines with
line control numbers; codes, charges, dates and payers drawn from small realistic pools.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta

ICD10 = [
    "E119",
    "I10",
    "J069",
    "M5459",
    "R109",
    "Z0000",
    "E785",
    "K219",
    "F411",
    "N390",
    "M5450",
    "J209",
    "R0789",
    "G4733",
    "L309",
    "H6690",
]
CPT = [
    "99213",
    "99214",
    "99203",
    "99285",
    "71046",
    "80053",
    "85025",
    "93000",
    "36415",
    "20610",
    "29881",
    "45380",
    "97110",
    "90834",
    "J1885",
]
PAYERS = [("AETNA", "60054"), ("CIGNA", "62308"), ("UNITED HEALTHCARE", "87726"), ("HUMANA", "61101")]
FIRST = [
    "ANA",
    "BEN",
    "CARLA",
    "DAVID",
    "ELENA",
    "FRANK",
    "GRACE",
    "HUGO",
    "IRIS",
    "JOSE",
    "KAREN",
    "LUIS",
    "MARIA",
    "NORA",
    "OMAR",
    "PAULA",
]
LAST = [
    "ALVAREZ",
    "BROWN",
    "CHEN",
    "DIAZ",
    "EVANS",
    "FOSTER",
    "GARCIA",
    "HILL",
    "IBRAHIM",
    "JONES",
    "KIM",
    "LOPEZ",
    "MOORE",
    "NGUYEN",
]


def npi(rng: random.Random) -> str:
    """A random NPI with its check digit (Luhn over 80840 and the first nine digits)."""
    body = "1" + "".join(rng.choice("0123456789") for _ in range(8))
    total = 24
    for at, digit in enumerate(body):
        value = int(digit) * (2 if at % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def envelope(kind: str, version: str, body: Iterator[str]) -> Iterator[str]:
    code = {"837": "HC", "835": "HP"}[kind]
    yield ("ISA*00*          *00*          *ZZ*BENCHSENDER    *ZZ*BENCHRECEIVER  *250601*1200*^*00501*000000001*0*P*:")
    yield f"GS*{code}*BENCHSENDER*BENCHRECEIVER*20250601*1200*1*X*{version}"
    count = 1
    yield f"ST*{kind}*0001*{version}" if kind == "837" else f"ST*{kind}*0001"
    for segment in body:
        count += 1
        yield segment
    yield f"SE*{count + 1}*0001"
    yield "GE*1*1"
    yield "IEA*1*000000001"


def claims(count: int, seed: int = 7) -> Iterator[str]:
    rng = random.Random(seed)
    renderers = [npi(rng) for _ in range(40)]
    yield "BHT*0019*00*B0001*20250601*1200*CH"
    yield "NM1*41*2*BENCH BILLING*****46*BENCHSENDER"
    yield "PER*IC*DESK*TE*5555550100"
    yield "NM1*40*2*BENCH RECEIVER*****46*BENCHRECEIVER"
    level = 0
    billing = 0
    for number in range(1, count + 1):
        if (number - 1) % 500 == 0:
            level += 1
            billing = level
            yield f"HL*{level}**20*1"
            yield f"NM1*85*2*BENCH CLINIC {number}*****XX*{npi(rng)}"
            yield "N3*100 MAIN ST"
            yield "N4*AUSTIN*TX*787010001"
            yield f"REF*EI*{rng.randrange(100000000, 999999999)}"
        level += 1
        payer, payer_id = rng.choice(PAYERS)
        served = (date(2025, 1, 1) + timedelta(rng.randrange(120))).strftime("%Y%m%d")
        born = (date(1940, 1, 1) + timedelta(rng.randrange(25000))).strftime("%Y%m%d")
        charges = [f"{rng.randrange(4000, 90000) / 100:.2f}" for _ in range(3)]
        total = sum(round(float(c) * 100) for c in charges)
        dx = rng.sample(ICD10, rng.randrange(1, 5))
        yield f"HL*{level}*{billing}*22*0"
        yield "SBR*P*18*******CI"
        yield f"NM1*IL*1*{rng.choice(LAST)}*{rng.choice(FIRST)}****MI*W{rng.randrange(10**8, 10**9)}"
        yield f"N3*{rng.randrange(1, 9999)} OAK ST"
        yield f"N4*AUSTIN*TX*787{rng.randrange(10, 60)}"
        yield f"DMG*D8*{born}*{rng.choice('MF')}"
        yield f"NM1*PR*2*{payer}*****PI*{payer_id}"
        yield f"CLM*PCN{number:09}*{total // 100}.{total % 100:02}***11:B:1*Y*A*Y*Y"
        yield "HI*" + "*".join(("ABK:" if at == 0 else "ABF:") + code for at, code in enumerate(dx))
        yield f"NM1*82*1*{rng.choice(LAST)}*{rng.choice(FIRST)}****XX*{rng.choice(renderers)}"
        yield "PRV*PE*PXC*207Q00000X"
        for line, charge in enumerate(charges, 1):
            pointer = ":".join(str(p) for p in range(1, rng.randrange(1, len(dx) + 1) + 1))
            modifier = rng.choice(["", "", "", ":25", ":59"])
            yield f"LX*{line}"
            yield f"SV1*HC:{rng.choice(CPT)}{modifier}*{charge}*UN*{rng.randrange(1, 4)}***{pointer}"
            yield f"DTP*472*D8*{served}"
            yield f"REF*6R*{number}L{line}"


def remittances(count: int, seed: int = 7) -> Iterator[str]:
    rng = random.Random(seed)
    rows: list[str] = []
    paid_total = 0
    for number in range(1, count + 1):
        lines: list[str] = []
        charge_total = claim_paid = patient = 0
        for line in range(1, 4):
            charge = rng.randrange(4000, 90000)
            contractual = charge * rng.randrange(20, 70) // 100
            copay = rng.choice([0, 2000, 3500])
            paid = charge - contractual - min(copay, charge - contractual)
            copay = charge - contractual - paid
            lines.append(f"SVC*HC:{rng.choice(CPT)}*{charge / 100:.2f}*{paid / 100:.2f}**1")
            lines.append(f"DTM*472*202501{rng.randrange(10, 31)}")
            lines.append(f"CAS*CO*45*{contractual / 100:.2f}")
            if copay:
                lines.append(f"CAS*PR*3*{copay / 100:.2f}")
            lines.append(f"REF*6R*{number}L{line}")
            lines.append(f"AMT*B6*{(charge - contractual) / 100:.2f}")
            charge_total += charge
            claim_paid += paid
            patient += copay
        paid_total += claim_paid
        amounts = f"{charge_total / 100:.2f}*{claim_paid / 100:.2f}*{patient / 100:.2f}"
        head = f"CLP*PCN{number:09}*1*{amounts}*12*ICN{number:09}*11*1"
        name = f"NM1*QC*1*{rng.choice(LAST)}*{rng.choice(FIRST)}****MI*W{rng.randrange(10**8, 10**9)}"
        rows.extend([head, name, *lines])
    provider = npi(rng)
    yield f"BPR*I*{paid_total / 100:.2f}*C*ACH*CCP*01*111000025*DA*123456*1512345678**01*111000025*DA*654321*20250601"
    yield "TRN*1*EFT0001*1512345678"
    yield "DTM*405*20250601"
    yield from ("N1*PR*BENCH PAYER", "N3*1 PAYER WAY", "N4*DALLAS*TX*75201", "PER*BL*DESK*TE*5555550199")
    yield f"N1*PE*BENCH CLINIC*XX*{provider}"
    yield "LX*1"
    yield from rows


def interchange(kind: str, count: int, seed: int = 7) -> bytes:
    """A whole interchange of `count` claims (837) or claim payments (835), one segment a line."""
    if kind == "837":
        rows = envelope("837", "005010X222A1", claims(count, seed))
    else:
        rows = envelope("835", "005010X221A1", remittances(count, seed))
    return "".join(f"{row}~\n" for row in rows).encode()


if __name__ == "__main__":
    sys.stdout.buffer.write(interchange(sys.argv[1], int(sys.argv[2])))
