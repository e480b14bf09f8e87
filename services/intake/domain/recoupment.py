"""Claims' money taken back out of other payments: the PLB segments of an 835 with reason WO (TR3 1.10.2.17).

A payer recovers an overpayment in one of two ways. It reverses and corrects the claim, and the 835's total falls with
it; or it reverses and corrects the claim, gives the difference back for the time being by a negative WO, and collects
it in a later 835 by a positive one. Some payers send the positive WO alone. The balance of a claim's WOs tells them
apart: only what is withheld beyond what was deferred takes money that no reversal has taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

import msgspec

from recoup_x12.model import Payment, ProviderAdjustment, Remittance
from services.intake.domain.identity import number_key, payee_of, payer_number_under, payer_of
from services.intake.domain.same_payer import same_payer
from services.intake.domain.submission import ClaimRecord
from shared.events.claims import ClaimFacts
from shared.money import ZERO

OVERPAYMENT_RECOVERY = "WO"
_RECOUPMENTS = UUID("5d1f7a83-9a0e-5c26-8f5b-6c1f2b7d9e44")
_MARK = "\x1f"
_WORDS = re.compile(r"[^\s/,;|]+")
_DATED = re.compile(r"(.+?)(20\d{6})")
_DAY = "%Y%m%d"


class Recoupment(msgspec.Struct, frozen=True):
    """One WO of a PLB. `amount` dollars are withheld; negative: deferred.

    `words` are what of PLB03-2 may name a claim, and `payment` is that of its 835, as long as the claim is looked for.
    """

    recoupment_id: str
    key: str
    amount: Decimal
    paid_on: date | None
    trace_number: str
    payer_claim_number: str
    words: tuple[str, ...] = ()
    payment: Payment | None = None
    formerly: tuple[str, ...] = ()
    """Ids that it had where its amount was spelt otherwise, until amounts were compared as numbers."""


class Bearer(msgspec.Struct, frozen=True):
    """A candidate: a claim found under one of a recoupment's keys, and the payments matched to it."""

    claim_id: str
    facts: ClaimFacts
    payments: Sequence[Remittance]


def recoupments_of(payment: Payment, adjustments: Sequence[ProviderAdjustment], tenant: str) -> list[Recoupment]:
    """The recoupments among an 835's provider adjustments. The same 835 gives the same ids, however often it is sent.

    The TR3 wants the payer's claim number in PLB03-2. Payers send it with the account behind it (Medicare), behind the
    account and the day of service (`account#CCYYMMDD claim#`), or our account number alone; some send nothing.
    """
    found: list[Recoupment] = []
    seen: Counter[str] = Counter()
    for one in adjustments:
        if one.reason != OVERPAYMENT_RECOVERY or one.amount == 0:
            continue
        parts = (tenant, payer_of(payment), payee_of(payment), payment.trace_number, str(payment.paid_on),
                 one.provider_id, one.reference)  # fmt: skip
        spelt = dict.fromkeys(
            _MARK.join((*parts, amount)) for amount in (_plain(one.amount), f"{one.amount:f}", f"{one.amount:.1f}",
                                                        f"{one.amount:.2f}") if Decimal(amount) == one.amount
        )  # fmt: skip
        name = next(iter(spelt))
        seen[name] += 1
        ids = [str(uuid5(_RECOUPMENTS, f"{spelling}{_MARK}{seen[name]}")) for spelling in spelt]
        words = tuple(dict.fromkeys(word for word in _words(one.reference) if number_key(word)))
        number = words[0] if words else ""
        found.append(
            Recoupment(
                ids[0],
                payer_number_under(payee_of(payment), number),
                one.amount,
                payment.paid_on,
                payment.trace_number,
                number,
                words,
                payment,
                tuple(ids[1:]),
            )
        )
    return found


def _plain(amount: Decimal) -> str:
    """An amount as its number is spelt shortest: 100.00 is 100."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _words(reference: str) -> Iterable[str]:
    for word in reference.split():
        yield word
        yield from _WORDS.findall(word)


def keys_of(one: Recoupment) -> list[str]:
    """The keys of the claims that a recoupment may name: by the payer's number, and by ours."""
    keys: dict[str, None] = {}
    for word in one.words:
        keys[payer_number_under(_payee(one), word)] = None
        keys[f"n:{number_key(word)}"] = None
        if dated := _DATED.fullmatch(word):
            keys[f"n:{number_key(dated[1])}"] = None
    return list(keys)


def _payee(one: Recoupment) -> str:
    return payee_of(one.payment) if one.payment is not None else ""


def named_by(
    one: Recoupment, bearers: Sequence[Bearer], claims_of: Mapping[str, Sequence[str]]
) -> tuple[Recoupment, list[str]]:
    """The claims that a recoupment names, by the keys under which each was found (`claims_of`).

    And the recoupment under the payer's number that names them, where one does.

    Payers number their claims, and providers their accounts, each for itself: the payer must have paid the claim or be
    its own, and behind an account number the provider, and the day of service where it stands, must be the claim's.
    Where the two name different claims, both are returned.
    """
    by_number: dict[str, str] = {}
    by_account: set[str] = set()
    for bearer in bearers:
        payer = _payers(one, bearer)
        for word in one.words:
            if bearer.claim_id in claims_of.get(payer_number_under(_payee(one), word), ()) and payer is not False:
                by_number.setdefault(bearer.claim_id, word)
            if payer and _accounts(one, word, bearer, claims_of):
                by_account.add(bearer.claim_id)
    both = by_account & by_number.keys()
    named = both or (by_account | by_number.keys() if by_account else set(by_number))
    if len(named) == 1 and (word := by_number.get(next(iter(named)))):
        one = msgspec.structs.replace(one, key=payer_number_under(_payee(one), word), payer_claim_number=word)
    return one, sorted(named)


def _accounts(one: Recoupment, word: str, bearer: Bearer, claims_of: Mapping[str, Sequence[str]]) -> bool:
    """Return True if a word is the account of this claim, by itself or with its day behind it."""
    facts = bearer.facts
    tin = one.payment.payee.reference("TJ").replace("-", "") if one.payment is not None else ""
    if {_payee(one), tin}.isdisjoint({facts.billing_npi, facts.billing_tin.replace("-", "")} - {""}):
        return False
    if bearer.claim_id in claims_of.get(f"n:{number_key(word)}", ()):
        return True
    dated = _DATED.fullmatch(word)
    if dated is None or bearer.claim_id not in claims_of.get(f"n:{number_key(dated[1])}", ()):
        return False
    return facts.service_from.strftime(_DAY) <= dated[2] <= facts.service_to.strftime(_DAY)


def _payers(one: Recoupment, bearer: Bearer) -> bool | None:
    """Return True if the payer has paid this claim or is its own; None: nothing tells."""
    if one.payment is None or any(payer_of(p.payment) == payer_of(one.payment) for p in bearer.payments):
        return True
    same = same_payer(one.payment, bearer.facts)
    return False if same is None and bearer.payments else same


def withhold(record: ClaimRecord, amount: Decimal) -> tuple[ClaimRecord, Decimal]:
    """The record after one WO, and the dollars that the claim lost by it (negative where it got them back)."""
    before, after = record.withheld, record.withheld + amount
    return msgspec.structs.replace(record, withheld=after), max(after, ZERO) - max(before, ZERO)


def doubtful(
    one: Recoupment, facts: ClaimFacts, earlier: Sequence[Recoupment], withheld: Decimal, paid: Decimal
) -> bool:
    """Return True if a WO hardly takes this claim's money, so that a person decides.

    The same amount was taken under another trace number and not given back, it would take more than was paid, or it is
    dated before the service. `earlier` are those matched to the claim, `withheld` dollars their balance, `paid` dollars
    what stands paid.
    """
    sign = 1 if one.amount > 0 else -1
    same = [e for e in earlier if abs(e.amount) == abs(one.amount) and e.trace_number != one.trace_number]
    if sum(sign if e.amount > 0 else -sign for e in same) > 0:
        return True
    if one.amount > 0 and withheld + one.amount > max(paid, ZERO):
        return True
    return one.paid_on is not None and one.paid_on < facts.service_from


def misfits(one: Recoupment, facts: ClaimFacts, paid: Decimal) -> tuple[str, ...]:
    """Why a recoupment is hardly of a claim that a person chose for it; `paid` dollars stand there."""
    found: list[str] = []
    own = {payer_number_under(provider, one.payer_claim_number) for provider in (facts.billing_npi, facts.billing_tin)}
    if one.key not in own:
        found.append("its payee is not the claim's provider")
    if one.amount > max(paid, ZERO):
        found.append(f"it takes ${one.amount:,.2f}, and ${paid:,.2f} stand paid on the claim")
    if one.paid_on is not None and one.paid_on < facts.service_from:
        found.append(f"it is of {one.paid_on}, before the service of {facts.service_from}")
    return tuple(found)
