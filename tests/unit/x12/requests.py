"""A 277 Request for Additional Information (005010X213), written by hand after the guide's loops."""

from __future__ import annotations

from tests.unit.x12.files import changed, encoded, envelope

# The payer asks about PCN1 (the whole claim, and its line L1) and, of another patient, about PCN2.
REQUEST = [
    "BHT*0085*48*RFAI1*20250610*0930*RQ",
    "HL*1**20*1",
    "NM1*PR*2*PAYER*****PI*60054",
    "PER*IC*RECORDS DESK*TE*5555550177",
    "HL*2*1*21*1",
    "NM1*41*2*CLINIC BILLING*****46*CLINIC",
    "HL*3*2*19*1",
    "NM1*1P*2*CLINIC*****XX*1234567893",
    "HL*4*3*PT",
    "NM1*QC*1*PEREZ*ANA****MI*W1",
    "TRN*1*ICN1",
    "STC*R4:18842-5::LOI*20250610",
    "REF*EJ*PCN1",
    "REF*EA*MRN77",
    "DTP*472*D8*20250510",
    "DTP*106*D8*20250725",
    "SVC*HC:99213:25*100",
    "STC*R4:11504-8::LOI*20250610********R4:11502-2::LOI",
    "REF*FJ*L1",
    "DTP*472*D8*20250510",
    "HL*5*3*PT",
    "NM1*QC*1*PEREZ*EVA",
    "TRN*1*ICN2",
    "STC*R3:34117-2::LOI*20250610",
    "REF*EJ*PCN2",
    "DTP*472*RD8*20250511-20250511",
]


def request(*changes: tuple[str, str]) -> bytes:
    """The 277 with segments replaced (`old` starts a segment; `new` "" drops it, `|` splits it)."""
    return encoded(envelope(changed(REQUEST, changes), "HN", "277", "005010X213"))
