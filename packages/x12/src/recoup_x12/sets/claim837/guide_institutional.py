"""837 institutional, 005010X223A2 (A3 read alike). See `core.guide` for the notation."""

from recoup_x12.sets.claim837.guide_shared import BILLING, HEADER, LINE_ADJUDICATION, OTHER_PAYER, SUBSCRIBER

CLAIM = """
@2300 CLM R * claim
 CLM R 1 2! 5! 5.2!=A 5.3! 7!=A,B,C 8!=N,W,Y 9!=I,Y 11- 20=1,2,3,4,5,6,7,8,9,10,11,15
 DTP*096 S 1 2!=TM
 DTP*434 R 1 2!=RD8,D8
 DTP*435 S 1 2!=D8,DT
 DTP*050 S 1
 CL1 R 1 1! 3!
 PWK S 10 2!=AA,BM,EL,EM,FT,FX
 CN1 S 1
 AMT*F3 S 1
 REF*4N|9F|G1|F8|9A|9C|D9|LU|EA|P4|G4 S 1
 REF*LX S 5
 K3 S 10
 NTE*ALG|DCP|DGN|DME|MED|NTR|ODT|RHB|RLH|RNH|SET|SFM|SPT|UPI S 10
 NTE*ADD S 1
 CRC*ZZ S 1
 HI*BK|ABK R 1
 HI*BJ|ABJ S 1
 HI*PR|APR S 1
 HI*BN|ABN S 1
 HI*DR S 1
 HI*BF|ABF S 2
 HI*BR|BBR|CAH S 1
 HI*BQ|BBQ S 2
 HI*BI|BH|BE|BG S 2
 HI*TC S 1
 HCP S 1
 @2310A NM1*71 S 1 party+providers 2!=1 3! 8=XX
  PRV S 1 1!=AT 2!=PXC 3!
  REF*0B|1G|G2|LU S 4
 @2310B NM1*72 S 1 party+providers 2!=1 3! 8=XX
  REF*0B|1G|G2|LU S 4
 @2310C NM1*ZZ S 1 party+providers 2!=1 3! 8=XX
  REF*0B|1G|G2|LU S 4
 @2310D NM1*82 S 1 party+providers 2!=1 3! 8=XX
  REF*0B|1G|G2|LU S 4
 @2310E NM1*77 S 1 party+providers 2!=2 3! 8=XX
  N3 R 1
  N4 R 1 1!
  REF*0B|G2|LU S 3
 @2310F NM1*DN S 1 party+providers 2!=1 3! 8=XX
  REF*0B|1G|G2 S 3
"""

OTHER_PROVIDERS = """
  @2330C NM1*71 S 1 party+providers 2!=1
   REF R 4 1!=0B,1G,G2,LU
  @2330D NM1*72 S 1 party+providers 2!=1
   REF R 4 1!=0B,1G,G2,LU
  @2330E NM1*ZZ S 1 party+providers 2!=1
   REF R 4 1!=0B,1G,G2,LU
  @2330F NM1*77 S 1 party+providers 2!=2
   REF R 3 1!=0B,G2,LU
  @2330G NM1*82 S 1 party+providers 2!=1
   REF R 4 1!=0B,1G,G2,LU
  @2330H NM1*DN S 1 party+providers 2!=1
   REF R 3 1!=0B,1G,G2
  @2330I NM1*85 S 1 party+providers 2!=2
   REF R 2 1!=G2,LU
"""

LINE = """
 @2400 LX R 999 line+lines
  SV2 R 1 1! 3! 4!=DA,UN 5! 6-
  PWK S 10
  DTP*472 S 1 2!=D8,RD8
  REF*6R|9B|9D S 1
  AMT*GT|N8 S 1
  NTE*TPO S 1
  HCP S 1
  @2410 LIN S 1 drug+drugs 2!=N4
   CTP R 1 4! 5!
   REF*VY|XZ S 1
  @2420A NM1*72 S 1 party+providers 2!=1 3! 8=XX
   REF*0B|1G|G2|LU S 20
  @2420B NM1*ZZ S 1 party+providers 2!=1 3! 8=XX
   REF*0B|1G|G2|LU S 20
  @2420C NM1*82 S 1 party+providers 2!=1 3! 8=XX
   REF*0B|1G|G2|LU S 20
  @2420D NM1*DN S 1 party+providers 2!=1 3! 8=XX
   REF*0B|1G|G2 S 20
"""

TABLE = (
    HEADER
    + BILLING
    + SUBSCRIBER.replace("%PERBA", "PER S 1 1!=IC").replace(" %PAT\n", "")
    + CLAIM
    + OTHER_PAYER.replace("%MIA", "MIA S 1")
    + OTHER_PROVIDERS
    + LINE
    + LINE_ADJUDICATION.replace(" %SVD03", "")
)
