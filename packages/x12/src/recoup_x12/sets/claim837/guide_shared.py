"""Table fragments that the three 837 guides share: envelope of the batch, billing provider, payers.

See `core.guide` for the notation.
"""

HEADER = """
@HEADER ST R 1 header
 ST R 1
 BHT R 1 1!=0019 2!=00,18 3! 4! 5! 6!=31,CH,RP
 @1000A NM1*41 R 1 party=submitter 2!=1,2 3! 6- 7- 8!=46 9!
  PER R 2 1!=IC 3!=EM,FX,TE 4!
 @1000B NM1*40 R 1 party=receiver 2!=2 3! 4- 5- 6- 7- 8!=46 9!
"""

BILLING = """
@2000A HL*20 R * context
 PRV*BI S 1 2!=PXC 3!
 CUR*85 S 1
 @2010AA NM1*85 R 1 party=billing 2!=1,2 3! 6- 8=XX
  N3 R 1
  N4 R 1 1!
  REF*EI|SY R 1
  REF*0B|1G S 2
  PER S 2 1!=IC 3!=EM,FX,TE 4!
 @2010AB NM1*87 S 1 party=pay_to 2!=1,2
  N3 R 1
  N4 R 1 1!
 @2010AC NM1*PE S 1 party=pay_to_plan 2!=2 3! 8!=PI,XV 9!
  N3 R 1
  N4 R 1 1!
  REF*2U|FY|NF S 1
  REF*EI R 1
"""

SUBSCRIBER = """
@2000B HL*22 R * context
 SBR R 1 1!=A,B,C,D,E,F,G,H,P,S,T,U 2=18 9!
 %PAT
 @2010BA NM1*IL R 1 party=subscriber 2!=1,2 3! 8=II,MI
  N3 S 1
  N4 S 1 1!
  DMG S 1 1!=D8 2! 3!=F,M,U
  REF*SY S 1
  REF*Y4 S 1
  %PERBA
 @2010BB NM1*PR R 1 party=payer 2!=2 3! 8!=PI,XV 9!
  N3 S 1
  N4 S 1 1!
  REF*2U|EI|FY|NF S 3
  REF*G2|LU S 2
@2000C HL*23 S * context
 PAT R 1 1!=01,19,20,21,39,40,53,G8
 @2010CA NM1*QC R 1 party=patient 2!=1 3! 6- 8- 9-
  N3 R 1
  N4 R 1 1!
  DMG R 1 1!=D8 2! 3!=F,M,U
  REF*Y4 S 1
  REF*1W|SY S 1
  PER S 1 1!=IC
"""

OTHER_PAYER = """
 @2320 SBR S 10 other_payer+other_payers 1!=A,B,C,D,E,F,G,H,P,S,T,U 2!=01,18,19,20,21,39,40,53,G8 9!
  CAS S 5 1!=CO,CR,OA,PI,PR
  AMT*D S 1
  AMT*A8 S 1
  AMT*EAF S 1
  OI R 1 3!=N,W,Y 6!=I,Y
  %MIA
  MOA S 1
  @2330A NM1*IL R 1 party=subscriber 2!=1,2 3! 8!=II,MI 9!
   N3 S 1
   N4 S 1 1!
   REF*SY S 2
  @2330B NM1*PR R 1 party=payer 2!=2 3! 8!=PI,XV 9!
   N3 S 1
   N4 S 1 1!
   DTP*573 S 1 2!=D8
   REF*2U|EI|FY|NF S 3
   REF*G1 S 1
   REF*9F S 1
   REF*T4 S 1
   REF*F8 S 1
"""

LINE_ADJUDICATION = """
  @2430 SVD S 15 adjudication+adjudications %SVD03
   CAS S 5 1!=CO,CR,OA,PI,PR
   DTP*573 R 1 2!=D8
   AMT*EAF S 1
"""
