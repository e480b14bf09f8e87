"""Whether a payer is the one that a claim went to: payers go by several names and numbers."""

from __future__ import annotations

import re

from recoup_x12.model import Payment
from services.intake.domain.identity import number_key
from shared.events.claims import ClaimFacts

_WORDS = re.compile(r"[A-Z0-9]+")
_COMMON = """
A ADVANTAGE ADMINISTRATORS AMERICA AND ASSURANCE BENEFIT BENEFITS CARE CO COMPANY CORP CORPORATION COVERAGE EMPLOYEE
EMPLOYEES EXAMPLE GROUP HEALTH HEALTHCARE HMO INC INSURANCE LIFE LLC MEDICAL MUTUAL NATIONAL OF PLAN PLANS PPO SERVICE
SERVICES THE
"""
_COMMON_WORDS = frozenset(_COMMON.split())
"""Words that many payers' names have, and that so tell none from another."""


def same_payer(payment: Payment, facts: ClaimFacts) -> bool | None:
    """True if the payer is the claim's, by any of its numbers or by a telling word of its name; None: not stated."""
    payer = payment.payer
    numbers = {number_key(n) for n in (payer.id, payer.reference("2U"), payment.payer_tax_id[1:])} - {""}
    if number_key(facts.payer_id) in numbers:
        return True
    if not payer.name or not facts.payer_name:
        return None
    mine, known = _words(payer.name), _words(facts.payer_name)
    if mine & known or number_key(payer.name) == number_key(facts.payer_name):
        return True
    return False if mine and known and numbers else None


def _words(name: str) -> set[str]:
    return set(_WORDS.findall(name.upper())) - _COMMON_WORDS
