"""The payment that an 835 (or a remittance on paper) says has been made: what a deposit has to be found for."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from uuid import UUID, uuid5

from recoup_x12.model import Payment, Value
from services.intake.domain.bank.deposit import Deposit, Method
from services.intake.domain.identity import payee_of, payer_of
from services.intake.domain.line_content import in_dollars

_ADVICES = UUID("c0b3a1de-5f0e-53ab-8c2d-9d2f0b2a7a61")
_MARK = "\x1f"
_METHODS: dict[str, Method] = {"ACH": "ach", "BOP": "ach", "FWT": "wire", "CHK": "check"}
_LETTERS = re.compile(r"[^A-Z0-9]")
_TELLING = 6
"""Characters of a payer's name that must agree: the ACH's company name has 16 in all."""
_TIN = 9


class Advice(Value, frozen=True):
    """One 835's payment: BPR02, BPR04, BPR16, TRN02, TRN03 and the payer's name. Dollars.

    `amount` is negative where BPR03 is D, money taken from the account. `expected` says whether a deposit is due.
    """

    advice_id: str
    amount: Decimal
    trace: str
    paid_on: date
    payer_id: str = ""
    payer_name: str = ""
    method: Method = ""

    @property
    def expected(self) -> bool:
        """True if money must come: not where nothing is paid."""
        return self.amount > 0


def advice_id(payment: Payment, tenant: str) -> str:
    """The id of an 835's payment: the same for every copy of it."""
    parts = (
        tenant, payer_of(payment), payee_of(payment), trace_key(payment.trace_number), str(payment.paid_on),
        f"{payment.amount:.2f}", payment.credit_debit,
    )  # fmt: skip
    return str(uuid5(_ADVICES, _MARK.join(parts)))


def advice_of(payment: Payment, tenant: str, received_on: date) -> Advice | None:
    """The payment of an 835; None where nothing can be found for it: no trace or amount, or not so many dollars.

    What a bank pays out for an amount in another currency (CUR02) the 835 does not say; its claim payments are held.
    """
    if not in_dollars(payment) or not (payment.trace_number.strip() or payment.amount):
        return None
    amount = -payment.amount if payment.credit_debit == "D" else payment.amount
    method = _METHODS.get(payment.method, "")
    if payment.method == "NON":
        amount = min(amount, Decimal(0))
    return Advice(
        advice_id(payment, tenant), amount, payment.trace_number.strip(), payment.paid_on or received_on,
        payment.payer_tax_id, payment.payer.name, method,
    )  # fmt: skip


@lru_cache(maxsize=1 << 16)
def trace_key(trace: str) -> str:
    """A trace number as it is compared: letters and digits alone, without leading zeros."""
    return _LETTERS.sub("", trace.upper()).lstrip("0")


@lru_cache(maxsize=4096)
def payer_key(number: str) -> str:
    """A payer's or originator's number as it is compared: the TIN of a TRN03 (1 and nine digits), else as it is."""
    plain = _LETTERS.sub("", number.upper())
    return plain[1:] if len(plain) == _TIN + 1 and plain[0] == "1" and plain.isdigit() else plain


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """A payer's name as it is compared."""
    return _LETTERS.sub("", name.upper())


def same_payer(deposit: Deposit, advice: Advice) -> bool | None:
    """Return True if a deposit is from the payer of an advice; None where what is known does not say.

    TRN03 says it both ways. The originator's number and name only speak for it: payers pay through others. But where
    its number is another, its name says nothing: payers of one brand are called alike.
    """
    mine = payer_key(advice.payer_id)
    payer_keys = {payer_key(number) for number in deposit.payer_ids}
    if mine and payer_keys:
        return mine in payer_keys
    if mine and deposit.company_id:
        return True if payer_key(deposit.company_id) == mine else None
    one, other = name_key(deposit.payer_name), name_key(advice.payer_name)
    if min(len(one), len(other)) >= _TELLING and (one.startswith(other) or other.startswith(one)):
        return True
    return None


def names_payer(deposit: Deposit, advice: Advice) -> bool:
    """Return True if a deposit names the payer of an advice by number, or by its whole name.

    A name that is cut short (an ACH has room for 16 characters) is that of many payers, so it is not enough where
    nothing but one amount speaks beside it.
    """
    if not same_payer(deposit, advice):
        return False
    numbers = deposit.payer_ids or ((deposit.company_id,) if deposit.company_id else ())
    return bool(numbers and advice.payer_id) or name_key(deposit.payer_name) == name_key(advice.payer_name)
