"""277 Request for Additional Information, 005010X213. See `core.guide` for the notation.

Each level is a unit, and so is each request (loop 2200D, opened by TRN). Loop 2210D tells where a paper answer may go;
its place is all that is checked.
"""

TABLE = """
@HEADER ST R 1 header
 ST R 1
 BHT R 1 1!=0085 3! 4! 5!
@2000A HL*20 R * context
 @2100A NM1*PR R 1 party=payer 2!=2 3! 8! 9!
  PER*IC S 1
@2000B HL*21 R * context
 @2100B NM1*41 R 1 party=receiver 2!=1,2 8!=46,FI,XX 9!
@2000C HL*19 R * context
 @2100C NM1*1P R 1 party=provider 2!=1,2 8!=FI,SV,XX 9!
  REF*EI|G2|LU|SY|TJ S *
@2000D HL*PT R * context
 @2100D NM1*QC R 1 party=patient 2!=1 3!
@2200D TRN S * claim
 TRN R 1 1!=1
 STC R *
 REF*EJ S 1
 REF*1K S 1
 REF*BLT S 1
 REF*EA S 1
 REF*D9 S 1
 DTP*472 S 1 2!=D8,RD8
 DTP*106 S 1 2!=D8
 PWK S 1
 PER S 1
 @2210D N1 S 1 party+parties
  N3 S 1
  N4 S 1
 @2220D SVC S * asked+lines
  STC R *
  REF*FJ S 1
  DTP*472 S 1 2!=D8,RD8
"""
