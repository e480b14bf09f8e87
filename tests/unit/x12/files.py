"""Small X12 files for the tests, written by hand, and helpers to change one thing at a time."""

from __future__ import annotations

from recoup_x12 import ClaimRead, Item, Problem, RemittanceRead, TransactionEnd, read

ISA = "ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PAYER          *250601*1200*^*00501*000000042*0*P*:"

# One practice; a subscriber who is the patient (two lines, 100.00 + 50.50) and a dependent (one line, 75.25).
PROFESSIONAL = [
    "BHT*0019*00*B1*20250601*1200*CH",
    "NM1*41*2*CLINIC BILLING*****46*CLINIC",
    "PER*IC*DESK*TE*5555550100",
    "NM1*40*2*PAYER*****46*PAYER",
    "HL*1**20*1",
    "PRV*BI*PXC*207Q00000X",
    "NM1*85*2*CLINIC*****XX*1234567893",
    "N3*1 MAIN ST",
    "N4*AUSTIN*TX*787010001",
    "REF*EI*123456789",
    "HL*2*1*22*0",
    "SBR*P*18*G1******CI",
    "NM1*IL*1*PEREZ*ANA****MI*W1",
    "N3*2 OAK ST",
    "N4*AUSTIN*TX*78702",
    "DMG*D8*19800101*F",
    "NM1*PR*2*PAYER*****PI*60054",
    "CLM*PCN1*150.5***11:B:1*Y*A*Y*Y",
    "REF*D9*CH1",
    "HI*ABK:E119*ABF:I10",
    "NM1*82*1*STONE*LEE****XX*1245319599",
    "PRV*PE*PXC*207Q00000X",
    "LX*1",
    "SV1*HC:99213:25*100*UN*1***1:2",
    "DTP*472*D8*20250510",
    "REF*6R*L1",
    "LX*2",
    "SV1*HC:85025*50.50*UN*1***1",
    "DTP*472*D8*20250510",
    "HL*3*1*22*1",
    "SBR*P********CI",
    "NM1*IL*1*PEREZ*LUIS****MI*W2",
    "NM1*PR*2*PAYER*****PI*60054",
    "HL*4*3*23*0",
    "PAT*19",
    "NM1*QC*1*PEREZ*EVA",
    "N3*2 OAK ST",
    "N4*AUSTIN*TX*78702",
    "DMG*D8*20150202*F",
    "CLM*PCN2*75.25***11:B:1*Y*A*Y*Y",
    "HI*ABK:J069",
    "LX*1",
    "SV1*HC:99212*75.25*UN*1***1",
    "DTP*472*RD8*20250511-20250511",
]

# 500.00 paid = CLP04 300 + 250 less PLB 50 (positive PLB reduces the payment).
REMITTANCE = [
    "BPR*I*500*C*ACH*CCP*01*111000025*DA*1*1512345678**01*111000025*DA*2*20250601",
    "TRN*1*EFT1*1512345678",
    "DTM*405*20250601",
    "N1*PR*PAYER",
    "N3*1 PAYER WAY",
    "N4*DALLAS*TX*75201",
    "PER*BL*DESK*TE*5555550199",
    "N1*PE*CLINIC*XX*1234567893",
    "LX*1",
    "CLP*PCN1*1*400*300*40*12*ICN1*11*1",
    "NM1*QC*1*PEREZ*ANA****MI*W1",
    "MOA***MA01",
    "SVC*HC:99213*250*180**1",
    "DTM*472*20250510",
    "CAS*CO*45*50**253*0",
    "CAS*PR*3*20",
    "REF*6R*L1",
    "AMT*B6*200",
    "LQ*HE*N19",
    "SVC*HC:85025*150*120**1",
    "DTM*472*20250510",
    "CAS*CO*45*10",
    "CAS*PR*2*20",
    "CLP*PCN2*1*300*250**12*ICN2",
    "CAS*CO*45*50",
    "NM1*QC*1*PEREZ*EVA",
    "DTM*232*20250511",
    "PLB*1234567893*20251231*WO:ICN0*50",
]


def envelope(
    segments: list[str], code: str = "HC", kind: str = "837", version: str = "005010X222A1", count: int | None = None
) -> list[str]:
    """The segments in one interchange, group and transaction set, counts right unless `count` says otherwise."""
    return [
        ISA,
        f"GS*{code}*CLINIC*PAYER*20250601*1200*1*X*{version}",
        f"ST*{kind}*0001" + ("" if kind == "835" else f"*{version}"),
        *segments,
        f"SE*{len(segments) + 2 if count is None else count}*0001",
        "GE*1*1",
        "IEA*1*000000042",
    ]


def encoded(segments: list[str], end: str = "~\n") -> bytes:
    return "".join(s + end for s in segments).encode()


def professional(*changes: tuple[str, str]) -> bytes:
    """The professional file with segments replaced (`old` starts a segment; `new` "" drops it, `|` splits it)."""
    return encoded(envelope(changed(PROFESSIONAL, changes)))


def remittance(*changes: tuple[str, str]) -> bytes:
    return encoded(envelope(changed(REMITTANCE, changes), "HP", "835", "005010X221A1"))


def changed(segments: list[str], changes: tuple[tuple[str, str], ...]) -> list[str]:
    rows = list(segments)
    for old, new in changes:
        at = next(i for i, row in enumerate(rows) if row.startswith(old))
        rows[at : at + 1] = [part for part in new.split("|") if part]
    return rows


def items(data: bytes) -> list[Item]:
    return list(read([data]))


def claims(data: bytes) -> list[ClaimRead]:
    return [i for i in read([data]) if isinstance(i, ClaimRead)]


def remittances(data: bytes) -> list[RemittanceRead]:
    return [i for i in read([data]) if isinstance(i, RemittanceRead)]


def end(data: bytes) -> TransactionEnd:
    return next(i for i in read([data]) if isinstance(i, TransactionEnd))


def all_problems(data: bytes) -> list[Problem]:
    found: list[Problem] = []
    for item in read([data]):
        problems = getattr(item, "problems", None)
        found.extend(problems if problems is not None else [p] if (p := getattr(item, "problem", None)) else [])
    return found
