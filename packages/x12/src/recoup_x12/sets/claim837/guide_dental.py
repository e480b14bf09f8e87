"""837 dental, 005010X224A2. See `core.guide` for the notation."""

from recoup_x12.sets.claim837.guide_shared import BILLING, HEADER, LINE_ADJUDICATION, OTHER_PAYER, SUBSCRIBER

CLAIM = """
@2300 CLM R * claim
 CLM R 1 2! 5! 5.2!=B 5.3! 6!=N,Y 7!=A,C 8!=N,W,Y 9!=I,Y 19=PB
 DTP*439|452|472|050 S 1
 DN1 S 1
 DN2 S 35 6!=JP
 PWK S 10
 CN1 S 1
 AMT*F5 S 1
 REF*G3|4N|F8|9F|G1|9A|9C|D9|EA|1J S 1
 K3 S 5
 NTE*ADD S 5
 HI*BK|ABK|TQ S 1
 HCP S 1
 @2310A NM1*DN|P3 S 2 party+providers 2!=1 3! 8=XX
  PRV S 1 1!=RF 2!=PXC 3!
  REF*0B|1G|G2 S 3
 @2310B NM1*82 S 1 party+providers 2!=1,2 3! 8=XX
  PRV S 1 1!=PE 2!=PXC 3!
  REF*0B|1G|G2|LU S 4
 @2310C NM1*77 S 1 party+providers 2!=2 8=XX
  N3 R 1
  N4 R 1 1!
  REF*0B|G2|LU S 3
 @2310D NM1*DD S 1 party+providers 2!=1 3! 8=XX
  PRV S 1 1!=AS 2!=PXC 3!
  REF*0B|1G|G2|LU S 4
 @2310E NM1*DQ S 1 party+providers 2!=1 3! 8=XX
  REF*0B|1G|G2|LU S 4
"""

OTHER_PROVIDERS = """
  @2330C NM1*DN|P3 S 2 party+providers 2!=1
   REF R 3
  @2330D NM1*82 S 1 party+providers 2!=1,2
   REF R 3
  @2330E NM1*DQ S 1 party+providers 2!=1
   REF R 3
  @2330F NM1*85 S 1 party+providers 2!=1,2
   REF R 2
  @2330G NM1*77 S 1 party+providers 2!=2
   REF R 3
  @2330H NM1*DD S 1 party+providers 2!=1
   REF R 3
"""

LINE = """
 @2400 LX R 50 line+lines
  SV3 R 1 1.1!=AD 2!
  TOO S 32 1!=JP
  DTP*472|441|446|139|196|452 S 1
  CN1 S 1
  REF*G3|9F|G1 S 5
  REF*6R|9A|9C|9B|9D S 1
  AMT*T S 1
  K3 S 10
  HCP S 1
  @2420A NM1*82 S 1 party+providers 2!=1,2 3! 8=XX
   PRV S 1 1!=PE 2!=PXC 3!
   REF*0B|1G|G2|LU S 20
  @2420B NM1*DD S 1 party+providers 2!=1 3! 8=XX
   PRV S 1 1!=AS 2!=PXC 3!
   REF*0B|1G|G2|LU S 20
  @2420C NM1*DQ S 1 party+providers 2!=1 3! 8=XX
   REF*0B|1G|G2|LU S 20
  @2420D NM1*77 S 1 party+providers 2!=2 8=XX
   N3 R 1
   N4 R 1 1!
   REF*G2|LU S 3
"""

TABLE = (
    HEADER
    + BILLING
    + SUBSCRIBER.replace("  %PERBA\n", "").replace(" %PAT\n", "")
    + CLAIM
    + OTHER_PAYER.replace("%MIA", "MIA S 1")
    + OTHER_PROVIDERS
    + LINE
    + LINE_ADJUDICATION.replace("%SVD03", "3!")
)
