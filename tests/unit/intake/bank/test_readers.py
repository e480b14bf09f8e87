"""Bank files: what is read of each format, and what is said of files that cannot be taken."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.intake.adapters.bank import MOST_BYTES, read_bank_file
from services.intake.domain.bank.deposit import BankFileError, Deposit, deposit_ids, money_of, traces_in

TODAY = date(2026, 3, 20)

BAI2 = """01,121000358,PRACTICE,260303,0600,1,80,,2/
02,PRACTICE,121000358,1,260302,2359,USD,2/
03,000111222,USD,010,500000,,,100,180050,3,/
16,142,123456,Z,BNK001,CUST01,TRN*1*8800001*1512345678\\ORIG CO NAME:ACME HEALTH  ID
88,1512345678
16,165,50000,V,260304,1000,BNK002,,HCCLAIMPMT, PAYMENT/ TRN*1*88000
88,02*1512345678~
16,115,6594,S,100,200,6294,BNK003,90017,LOCKBOX 1
16,475,12300,,BNK004,,CHECK PAID
49,872400,8/
98,872400,1,10/
99,872400,1,12/
"""
"""Worked out by hand: 500000 + 180050 + 123456 + 50000 + 6594 + 12300 = 872400 cents; from 03 to 49 there are 8 lines,
with the group's two 10, with the file's two 12: continuations count as records."""


def read(text: str | bytes, **columns: str) -> tuple[Deposit, ...]:
    return read_bank_file(text.encode() if isinstance(text, str) else text, TODAY, columns).deposits


def faults(text: str | bytes, **columns: str) -> list[tuple[int, str]]:
    with pytest.raises(BankFileError) as error:
        read(text, **columns)
    assert all(fault.message and fault.how_to_fix for fault in error.value.faults)
    return [(fault.line, fault.field) for fault in error.value.faults]


def test_bai2_credits_with_traces_continuations_and_funds_types() -> None:
    first, second, third = read(BAI2)
    assert (first.posted_on, first.amount, first.traces) == (date(2026, 3, 2), Decimal("1234.56"), ("8800001",))
    assert (first.payer_ids, first.payer_name, first.method) == (("1512345678",), "ACME HEALTH", "ach")
    assert (first.bank_reference, first.account, first.place) == ("BNK001", "000111222", 4)
    # value dated, its text with commas and slashes, the trace number broken between two lines
    assert (second.posted_on, second.amount) == (date(2026, 3, 4), Decimal("500.00"))
    assert "8800002" in second.traces
    # three amounts of availability stand between funds type and references; 90017 is the check's number
    assert (third.amount, third.references, third.method) == (Decimal("65.94"), ("90017", "BNK003"), "check")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("16,142,123456", "16,142,123457", (10, "49 control total")),
        ("49,872400,8/", "49,872400,9/", (10, "49 number of records")),
        ("16,142,123456", "16,142,12E456", (4, "16 amount")),
        ("16,142", "16,1A2", (4, "16 type code")),
        ("1,260302,2359", "1,260231,2359", (2, "02 as-of date")),
        ("1,260302,2359", "4,260302,2359", (2, "02 group status")),
        ("1,260302,2359", "2,260302,2359", (2, "02 group status")),
        ("03,000111222,USD", "03,000111222,CAD", (4, "currency")),
        ("V,260304", "V,261304", (6, "16 funds type V")),
        ("99,872400,1,12/\n", "", (0, "99")),
        ("16,475", "17,475", (9, "record")),
    ],
)  # fmt: skip
def test_bai2_that_is_broken_is_refused_with_its_place(old: str, new: str, where: tuple[int, str]) -> None:
    assert old in BAI2
    assert where in faults(BAI2.replace(old, new))


CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt><Stmt>
 <Acct><Id><Othr><Id>000111222</Id></Othr></Id></Acct>
 <Ntry><Amt Ccy="USD">1234.56</Amt><CdtDbtInd>CRDT</CdtDbtInd>{booked}<BookgDt><Dt>2026-03-02</Dt></BookgDt>
  <AcctSvcrRef>B1</AcctSvcrRef><BkTxCd><Domn><Fmly><Cd>RCDT</Cd></Fmly></Domn></BkTxCd>
  <NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
   <RltdPties><Dbtr>{debtor}</Dbtr></RltdPties>
   <RmtInf><Ustrd>TRN*1*88000</Ustrd><Ustrd>01*1512345678\\</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
 <Ntry><Amt Ccy="USD">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>{booked}<BookgDt><DtTm>2026-03-02T23:30:00-05:00</DtTm>
  </BookgDt><AcctSvcrRef>B2</AcctSvcrRef><NtryDtls>
  <TxDtls><Amt Ccy="USD">10.00</Amt><Refs><EndToEndId>E1</EndToEndId></Refs></TxDtls>
  <TxDtls><Amt Ccy="USD">20.00</Amt><Refs><EndToEndId>E2</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
 <Ntry><Amt Ccy="USD">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>{booked}<BookgDt><Dt>2026-03-02</Dt></BookgDt></Ntry>
 <Ntry><Amt Ccy="USD">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>{pending}<BookgDt><Dt>2026-03-02</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>
"""
OLD = {"booked": "<Sts>BOOK</Sts>", "pending": "<Sts>PDNG</Sts>", "debtor": "<Nm>Acme Health</Nm>"}
NEW = {
    "booked": "<Sts><Cd>BOOK</Cd></Sts>",
    "pending": "<Sts><Cd>PDNG</Cd></Sts>",
    "debtor": "<Pty><Nm>Acme Health</Nm></Pty>",
}


@pytest.mark.parametrize(("version", "shape"), [("02", OLD), ("04", OLD), ("06", OLD), ("08", NEW), ("13", NEW)])
def test_camt053_of_several_versions(version: str, shape: dict[str, str]) -> None:
    file = read_bank_file(CAMT.format(version=version, **shape).encode(), TODAY)
    first, second, third = file.deposits
    assert (first.posted_on, first.amount, first.traces) == (date(2026, 3, 2), Decimal("1234.56"), ("8800001",))
    assert (first.payer_ids, first.payer_name, first.method, first.references) == (
        ("1512345678",), "Acme Health", "ach", ()
    )  # fmt: skip
    assert [(d.amount, d.references, d.bank_reference) for d in (second, third)] == [
        (Decimal("10.00"), ("E1",), "B2/1"),
        (Decimal("20.00"), ("E2",), "B2/2"),
    ]
    assert second.posted_on == date(2026, 3, 2)  # the day of the bank that says it
    assert file.passed_over == 2


def test_camt053_with_a_prefix_for_its_namespace() -> None:
    text = CAMT.format(version="08", **NEW).replace("<", "<c:").replace("<c:/", "</c:").replace("<c:?", "<?")
    assert len(read(text.replace("xmlns=", "xmlns:c="))) == 3


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (CAMT.format(version="02", **OLD).replace("camt.053", "camt.052"), (0, "Document")),
        ("<a><b></a>", (1, "file")),
        (
            '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>',
            (0, "document type"),
        ),
        ('<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', (0, "document type")),
        (CAMT.format(version="02", **OLD).replace('Ccy="USD">1234.56', 'Ccy="EUR">1234.56'), (0, "Ntry 1: Amt")),
        (CAMT.format(version="02", **OLD).replace("1234.56", "1,234.56"), (0, "Ntry 1: Amt")),
        (CAMT.format(version="02", **OLD).replace("<Dt>2026-03-02", "<Dt>2026-02-30"), (0, "Ntry 1: BookgDt/Dt")),
    ],
)
def test_camt053_that_cannot_be_taken(text: str, where: tuple[int, str]) -> None:
    assert where in faults(text)


def ach(*records: str) -> str:
    return "\n".join(record.ljust(94) for record in records) + "\n"


HEAD = "101 121000358 1234567892603020600A094101PRACTICE BANK          ACME BANK"


def batch(kind: str, day: str = "260303") -> str:
    return f"5220{'ACME HEALTH':<16}{'':<20}1512345678{kind}{'HCCLAIMPMT':<10}260302{day}   1{'12100035':<8}0000001"


def entry(cents: int, trace: str, code: str = "22", addenda: str = "1") -> str:
    return f"6{code}121000358{'000111222':<17}{cents:010}{'ID1':<15}{'PRACTICE':<22}  {addenda}{trace:0>15}"


def addendum(text: str, number: int = 1) -> str:
    return f"705{text:<80}{number:04}0000001"


def ends(count: int, cents: int, batches: int = 1) -> tuple[str, str]:
    return (
        f"8220{count:06}{'0' * 10}{0:012}{cents:012}1512345678{'':<25}121000350000001",
        f"9{batches:06}000001{count:08}{'0' * 10}{0:012}{cents:012}",
    )


def test_ccd_with_its_addendum() -> None:
    text = ach(HEAD, batch("CCD"), entry(123456, "1"), addendum("TRN*1*8800001*1512345678\\"), *ends(2, 123456))
    (only,) = read(text + "9" * 94 + "\n")
    assert (only.posted_on, only.amount, only.traces) == (date(2026, 3, 3), Decimal("1234.56"), ("8800001",))
    assert (only.payer_ids, only.company_id, only.payer_name) == (("1512345678",), "1512345678", "ACME HEALTH")
    assert only.bank_reference == "000000000000001"


def test_ctx_with_two_traces_over_several_addenda_and_what_is_no_deposit() -> None:
    whole = "ISA*00*~ST*820*0001~TRN*1*8800001*1512345678~RMR*IV*1~".ljust(70, "X") + "TRN*1*8800002*1512345678~"
    assert whole[80:].startswith("002*")  # the second number stands on both sides of a break
    records = (
        HEAD, batch("CTX"), entry(70000, "1"), addendum(whole[:80]), addendum(whole[80:], 2),
        entry(0, "2", code="24"), entry(0, "3", code="23"), *ends(5, 70000),
    )  # fmt: skip
    file = read_bank_file(ach(*records).encode(), TODAY)
    assert [d.traces for d in file.deposits] == [("8800001", "8800002")]
    assert file.passed_over == 2


def test_an_ach_file_without_line_ends() -> None:
    records = (HEAD, batch("CCD"), entry(100, "1"), addendum("TRN*1*7*1512345678\\"), *ends(2, 100))
    assert read("".join(record.ljust(94) for record in records))[0].traces == ("7",)


@pytest.mark.parametrize(
    ("records", "where"),
    [
        ((HEAD, batch("CCD"), entry(100, "1"), *ends(1, 101)), (4, "8 total credits")),
        ((HEAD, batch("CCD"), entry(100, "1"), *ends(2, 100)), (4, "8 entry and addenda count")),
        ((HEAD, batch("CCD"), entry(100, "1"), *ends(1, 100, batches=2)), (5, "9 batch count")),
        ((HEAD, batch("CCD"), entry(100, "1"), ends(1, 100)[0]), (0, "9")),
        ((HEAD, batch("CCD", day="261301"), entry(100, "1"), *ends(1, 100)), (2, "5 effective entry date")),
        ((HEAD, addendum("TRN*1*7*1512345678\\"), batch("CCD"), *ends(0, 0)), (2, "7")),
        ((HEAD, batch("CCD"), entry(100, "1") + "X" * 20, *ends(1, 100)), (3, "record")),
    ],
)
def test_ach_that_is_broken_is_refused_with_its_place(records: tuple[str, ...], where: tuple[int, str]) -> None:
    assert where in faults(ach(*records))


def test_csv_by_the_documented_headings_and_by_the_senders_own() -> None:
    text = (
        "Posting Date,Credit Amount,Debit,Trace Number,Payer ID,Payer,Method,Reference,Description\n"
        '2026-03-02,"$1,234.56",,8800001,1512345678,Acme Health,EFT,B1,\n'
        "03/03/2026,,12.00,,,,,B2,check paid\n"
        "3/4/26,65.9,,,,,virtual card,B3,TRN*1*8800002*1512345678\\\n"
    )
    first, second = read(text)
    assert (first.posted_on, first.amount, first.traces) == (date(2026, 3, 2), Decimal("1234.56"), ("8800001",))
    assert (first.payer_ids, first.payer_name, first.method) == (("1512345678",), "Acme Health", "ach")
    assert (second.posted_on, second.amount, second.method) == (date(2026, 3, 4), Decimal("65.90"), "card")
    assert second.traces == ("8800002",)
    own = "Wann;Wieviel;Wofür\n20260302;5.00;8800001\n"
    (only,) = read(own, date="Wann", amount="Wieviel", trace="Wofür")
    assert (only.posted_on, only.amount, only.traces) == (date(2026, 3, 2), Decimal("5.00"), ("8800001",))


@pytest.mark.parametrize(
    ("heading", "cell", "is_deposit"),
    [("type", "DEBIT", False), ("type", "ACH Debit", False), ("transaction type", "Withdrawal", False),
     ("method", "ACH RETURN", False), ("Debit/Credit", "D", False), ("DR/CR", "dr", False), ("sign", "-", False),
     ("Credit Debit Indicator", "DBIT", False), ("type", "CREDIT", True), ("type", "ACH_CREDIT", True),
     ("type", "ach", True), ("Debit/Credit", "C", True), ("CR/DR", "CR", True), ("sign", "+", True),
     ("type", "CREDIT RETURN", True)],
)  # fmt: skip
def test_csv_lines_whose_type_or_sign_says_that_money_went_out_are_no_deposits(
    heading: str, cell: str, is_deposit: bool
) -> None:
    text = f"date,amount,{heading},description\n2026-03-02,185.60,{cell},HCCLAIMPMT RETURN TRN*1*T123*1990000101\\\n"
    file = read_bank_file(text.encode(), TODAY)
    assert [one.amount for one in file.deposits] == ([Decimal("185.60")] if is_deposit else [])
    assert [(one.amount, one.traces) for one in file.debits] == (
        [] if is_deposit else [(Decimal("-185.60"), ("T123",))]
    )
    assert file.passed_over == (0 if is_deposit else 1)


def test_csv_with_a_debit_beside_its_amount_or_a_sign_that_is_none() -> None:
    text = "date,amount,debit,trace\n2026-03-02,5.00,5.00,T123\n2026-03-02,5.00,0.00,T124\n2026-03-02,-7,,T125\n"
    file = read_bank_file(text.encode(), TODAY)
    assert [one.traces for one in file.deposits] == [("T124",)]
    assert [(one.amount, one.traces) for one in file.debits] == [
        (Decimal("-5.00"), ("T123",)),
        (Decimal(-7), ("T125",)),
    ]
    assert (2, "sign") in faults("date,amount,sign\n2026-03-02,5.00,X\n")


def test_debits_that_name_what_they_take_back() -> None:
    bai2 = BAI2.replace("16,475,12300,,BNK004,,CHECK PAID", "16,475,12300,,BNK004,,RETURN TRN*1*8800001*1512345678~")
    (debit,) = read_bank_file(bai2.encode(), TODAY).debits
    assert (debit.amount, debit.traces, debit.posted_on) == (Decimal("-123.00"), ("8800001",), date(2026, 3, 2))
    records = (HEAD, batch("CCD"), entry(100, "1", code="21"), addendum("TRN*1*8800001*1512345678\\"), *ends(2, 100))
    file = read_bank_file(ach(*records).encode(), TODAY)
    assert (file.deposits, [one.amount for one in file.debits]) == ((), [Decimal("-1.00")])
    camt = CAMT.format(version="02", **OLD).replace("<CdtDbtInd>CRDT", "<CdtDbtInd>DBIT", 1)
    assert [one.amount for one in read_bank_file(camt.encode(), TODAY).debits] == [Decimal("-1234.56")]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("date,trace\n2026-03-02,1\n", (1, "amount")),
        ("date,amount,credit\n2026-03-02,1,1\n", (1, "amount")),
        ("date,amount\n2026-02-30,1\n", (2, "date")),
        ("date,amount\n2026-03-21,1\n", (2, "date")),
        ("date,amount\n1926-03-02,1\n", (2, "date")),
        ("date,amount\n2026-03-02,1e9\n", (2, "amount")),
        ("date,amount\n2026-03-02,NaN\n", (2, "amount")),
        ("date,amount\n2026-03-02,1.005\n", (2, "amount")),
        ("date,amount\n2026-03-02,\n", (2, "amount")),
        ('date,amount\n2026-03-02,"5\n', (2, "line")),
        (b"\0\1\2", (0, "file")),
        (b"x" * (MOST_BYTES + 1), (0, "file")),
    ],
)
def test_csv_that_is_broken_is_refused_with_its_place(text: str | bytes, where: tuple[int, str]) -> None:
    assert where in faults(text)


@pytest.mark.parametrize(
    ("text", "dollars"),
    [("1234.5", "1234.50"), ("1,234.50", "1234.50"), ("(5.00)", "-5.00"), ("-$5", "-5.00"), ("+7", "7.00"),
     ("12,34", None), ("1.234,50", None), ("", None), ("٣", None), ("1 000", None)],
)  # fmt: skip
def test_money_as_people_write_it(text: str, dollars: str | None) -> None:
    assert money_of(text) == (None if dollars is None else Decimal(dollars))


def test_a_trace_segment_ends_where_its_text_does() -> None:
    assert traces_in("HCCLAIMPMT TRN*1*A-1*1512345678*X\\ TRN*1*B/ ORIG") == (("A-1", "B"), ("1512345678",))


def test_a_deposit_has_one_id_however_often_it_is_told() -> None:
    one = Deposit(date(2026, 3, 2), Decimal("5.00"), bank_reference="B1", text="intraday")
    again = Deposit(date(2026, 3, 2), Decimal("5.0"), bank_reference="B1", text="as of yesterday")
    bare = Deposit(date(2026, 3, 2), Decimal("5.00"), text="CARD")
    assert deposit_ids("t", [one]) == deposit_ids("t", [again])
    assert deposit_ids("t", [one]) != deposit_ids("u", [one])
    assert len({*deposit_ids("t", [bare, bare]), *deposit_ids("t", [bare])}) == 2
