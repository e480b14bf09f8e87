"""Remittances whose money adds up, for claims of the professional file."""

from __future__ import annotations

from tests.unit.x12.files import PROFESSIONAL, REMITTANCE, encoded, envelope

FIRST_CLAIM = slice(PROFESSIONAL.index("CLM*PCN1*150.5***11:B:1*Y*A*Y*Y"), PROFESSIONAL.index("HL*3*1*22*1"))
_PAYER = REMITTANCE[1:8]


def claims_of_one_patient(*numbers: str, isa: str = "000000042") -> bytes:
    """Claims alike but for their control numbers: same patient, day and charges (100.00 + 50.50)."""
    rows = PROFESSIONAL[: FIRST_CLAIM.start]
    for number in numbers:
        rows = rows + [row.replace("PCN1", number) for row in PROFESSIONAL[FIRST_CLAIM]]
    return encoded(envelope(rows)).replace(b"000000042", isa.encode())


def payment(number: str, icn: str = "ICN9", *, trace: str = "EFT9", member: str = "W1") -> bytes:
    """100.00 paid on such a claim: 100.00 - 40.00 and 50.50 - 10.50; the patient owes 20.50."""
    return encoded(
        envelope(
            [
                "BPR*I*100*C*ACH*CCP*01*111000025*DA*1*1512345678**01*111000025*DA*2*20250601",
                f"TRN*1*{trace}*1512345678",
                *_PAYER[1:],
                "LX*1",
                f"CLP*{number}*1*150.5*100*20.5*12*{icn}*11*1",
                f"NM1*QC*1*PEREZ*ANA****MI*{member}",
                "SVC*HC:99213:25*100*60**1",
                "DTM*472*20250510",
                "CAS*CO*45*30",
                "CAS*PR*3*10",
                "SVC*HC:85025*50.5*40**1",
                "DTM*472*20250510",
                "CAS*PR*2*10.5",
            ],
            "HP",
            "835",
            "005010X221A1",
        )
    )


def split(number: str, first_icn: str = "ICN1", second_icn: str = "ICN1B") -> bytes:
    """The same claim in two parts, a line each."""
    return encoded(
        envelope(
            [
                "BPR*I*100*C*ACH*CCP*01*111000025*DA*1*1512345678**01*111000025*DA*2*20250601",
                "TRN*1*EFT9*1512345678",
                *_PAYER[1:],
                "LX*1",
                f"CLP*{number}*1*100*60*10*12*{first_icn}*11*1",
                "NM1*QC*1*PEREZ*ANA****MI*W1",
                "SVC*HC:99213:25*100*60**1",
                "DTM*472*20250510",
                "CAS*CO*45*30",
                "CAS*PR*3*10",
                f"CLP*{number}*1*50.5*40*10.5*12*{second_icn}*11*1",
                "NM1*QC*1*PEREZ*ANA****MI*W1",
                "SVC*HC:85025*50.5*40**1",
                "DTM*472*20250510",
                "CAS*PR*2*10.5",
            ],
            "HP",
            "835",
            "005010X221A1",
        )
    )
