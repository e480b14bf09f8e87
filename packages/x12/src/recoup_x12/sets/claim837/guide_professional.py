"""837 professional, 005010X222A1 (A2 read alike). See `core.guide` for the notation."""

from recoup_x12.sets.claim837.guide_shared import BILLING, HEADER, LINE_ADJUDICATION, OTHER_PAYER, SUBSCRIBER

CLAIM = """
@2300 CLM R * claim
 CLM R 1 2! 5! 5.2!=B 5.3! 6!=N,Y 7!=A,B,C 8!=N,W,Y 9!=I,Y 10=P 20=1,2,3,4,5,6,7,8,9,10,11,15
 DTP*431|454|304|453|439|455|471|297|296|435|096|444|050 S 1
 DTP*484 S 1
 DTP*314|360|361 S 1
 DTP*090|091 S 2
 PWK S 10 2!=AA,BM,EL,EM,FT,FX
 CN1 S 1
 AMT*F5 S 1
 REF*4N|F5|EW|9F|G1|F8|X4|9A|9C|LX|D9|EA|P4|1J S 1
 K3 S 10
 NTE*ADD|CER|DCP|DGN|TPO S 1
 CR1 S 1 4!=A,B,C,D,E 5!=DH 6!
 CR2 S 1
 CRC*07 S 3
 CRC*E1|E2|E3 S 3
 CRC*75 S 1
 CRC*ZZ S 1
 HI*BK|ABK R 1
 HI*BP S 1
 HI*BG S 2
 HCP S 1
 @2310A NM1*DN|P3 S 2 party+providers 2!=1 3! 8=XX
  REF*0B|1G|G2 S 3
 @2310B NM1*82 S 1 party+providers 2!=1,2 3! 8=XX
  PRV S 1 1!=PE 2!=PXC 3!
  REF*0B|1G|G2|LU S 4
 @2310C NM1*77 S 1 party+providers 2!=2 8=XX
  N3 R 1
  N4 R 1 1!
  REF*0B|G2|LU S 3
  PER S 1 1!=IC
 @2310D NM1*DQ S 1 party+providers 2!=1 3! 8=XX
  REF*0B|1G|G2|LU S 4
 @2310E NM1*PW S 1 party+providers 2!=2
  N3 R 1
  N4 R 1 1!
 @2310F NM1*45 S 1 party+providers 2!=2
  N3 R 1
  N4 R 1 1!
"""

OTHER_PROVIDERS = """
  @2330C NM1*DN|P3 S 2 party+providers 2!=1
   REF R 3 1!=0B,1G,G2
  @2330D NM1*82 S 1 party+providers 2!=1,2
   REF R 3 1!=0B,1G,G2,LU
  @2330E NM1*77 S 1 party+providers 2!=2
   REF R 3 1!=0B,G2,LU
  @2330F NM1*DQ S 1 party+providers 2!=1
   REF R 3 1!=0B,1G,G2,LU
  @2330G NM1*85 S 1 party+providers 2!=1,2
   REF R 2 1!=G2,LU
"""

LINE = """
 @2400 LX R 50 line+lines
  SV1 R 1 1.1!=ER,HC,IV,WK 2! 3!=MJ,UN 4! 6- 7! 8- 9=Y 10- 11=Y 12=Y 13- 14- 15=0
  SV5 S 1 1.1!=HC 2!=DA
  PWK S 10
  CR1 S 1 4!=A,B,C,D,E 5!=DH 6!
  CR3 S 1
  CRC*07 S 3
  CRC*70 S 1
  CRC*09 S 1
  DTP*472 R 1 2!=D8,RD8
  DTP*471|607|463|461|304|011|455|454 S 1
  DTP*738|739 S 2
  QTY*PT|FL S 1
  MEA S 5
  CN1 S 1
  REF*9B|9D|6R|EW|X4|F4|BT S 1
  REF*G1|9F S 5
  AMT*T|F4 S 1
  K3 S 10
  NTE*ADD|DCP S 1
  NTE*TPO S 1
  PS1 S 1
  HCP S 1
  @2410 LIN S 1 drug+drugs 2!=EN,EO,HI,N4,ON,UK,UP
   CTP R 1 4! 5!
   REF*VY|XZ S 1
  @2420A NM1*82 S 1 party+providers 2!=1,2 3! 8=XX
   PRV S 1 1!=PE 2!=PXC 3!
   REF*0B|1G|G2|LU S 20
  @2420B NM1*QB S 1 party+providers 2!=1,2 8=XX
   REF*0B|1G|G2 S 20
  @2420C NM1*77 S 1 party+providers 2!=2 8=XX
   N3 R 1
   N4 R 1 1!
   REF*G2|LU S 3
  @2420D NM1*DQ S 1 party+providers 2!=1 3! 8=XX
   REF*0B|1G|G2|LU S 20
  @2420E NM1*DK S 1 party+providers 2!=1 3! 8=XX
   N3 S 1
   N4 S 1 1!
   REF*0B|1G|G2 S 20
   PER S 1 1!=IC
  @2420F NM1*DN|P3 S 2 party+providers 2!=1 3! 8=XX
   REF*0B|1G|G2 S 20
  @2420G NM1*PW S 1 party+providers 2!=2
   N3 R 1
   N4 R 1 1!
  @2420H NM1*45 S 1 party+providers 2!=2
   N3 R 1
   N4 R 1 1!
"""

FORMS = """
  @2440 LQ S * form+forms 1!=AS,UT 2!
   FRM R 99
"""

TABLE = (
    HEADER
    + BILLING
    + SUBSCRIBER.replace("%PERBA", "PER S 1 1!=IC").replace("%PAT", "PAT S 1")
    + CLAIM
    + OTHER_PAYER.replace("  %MIA\n", "")
    + OTHER_PROVIDERS
    + LINE
    + LINE_ADJUDICATION.replace("%SVD03", "3!")
    + FORMS
)
