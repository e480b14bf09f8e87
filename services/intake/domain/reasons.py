"""Why a claim payment that can be read is held for a person all the same, and what to do about each."""

from __future__ import annotations

from recoup_x12 import Problem


def _held(message: str, how_to_fix: str, segment: str = "CLP", element: int = 0) -> Problem:
    return Problem("claim", 4, segment, message, how_to_fix, "2100", element=element)


ESTIMATE = _held(
    "a predetermination (CLP02 25): no payment, no denial", "Nothing is to be posted; set it aside when it is read.",
    element=2,
)  # fmt: skip
DEBIT = _held(
    "BPR03 says that the payee is debited", "Ask the payer whether money came or went; post it if it came.", "BPR", 3
)
POSITIVE_REVERSAL = _held(
    "a reversal (CLP02 22) with positive amounts",
    "Ask the payer: a reversal bears the amounts it takes back.",
    element=2,
)
NEGATIVE_PAYMENT = _held(
    "negative amounts without a reversal (CLP02 22)", "Ask the payer whether it takes a payment back.", element=4
)
OTHER_CURRENCY = _held(
    "the payment is in another currency (CUR02) than US dollars, and its amounts would be booked as dollars",
    "See in the bank what came: correct the claim payment to these dollars, or set it aside.", "CUR", 2,
)  # fmt: skip
NOTHING_TO_REVERSE = _held(
    "a reversal of amounts that do not stand here: not known, or taken back already",
    "Set it aside where the payment came before this system did, for its money is in no sum here and the correction "
    "counts by itself, or where it was taken back before; post it only where it takes back what stands otherwise here.",
    element=2,
)  # fmt: skip
LIKELY_DUPLICATE = _held(
    "the same lines were paid the same amounts before: likely a duplicate",
    "Post it only where the money came a second time; the payer will want it back.", element=4,
)  # fmt: skip
OTHER_PART = _held(
    "a part of a line whose other part was paid before: their charges come to what was billed",
    "See what the payer means: where both are parts, take the first off its claim, and post the two as one "
    "(correct, with force: its sum changes); where it paid twice, set this aside.", element=4,
)  # fmt: skip
STANDS_TWICE = _held(
    "the same claim payment stands twice in one 835, or on one paper",
    "Post it only where the payment's amount (BPR02) counts it twice and the money came.",
    element=4,
)  # fmt: skip
OTHER_RANK = _held(
    "the claim has no answer yet, and this payment counts others' in or is of another rank than the claim was sent at",
    "Post it where it answers this claim; set it aside where it is of another plan, whose claim was sent by itself.",
    element=2,
)  # fmt: skip
OTHER_PAYER = _held(
    "the claim has no answer yet, and this payer is not the claim's by name, number or its member",
    "Post it where this payer answers for the claim's; where it is of another plan leave it until the claim's own "
    "payer has answered, and post it then: it is booked as another payer's.",
    "N1", 2,
)  # fmt: skip
TAKEN_FOR_OWN = _held(
    "lines that were answered before, by a payer that is not the claim's by name or number",
    "Take that payment off the claim where it is another payer's, and post this one: it is the claim's answer.",
    element=2,
)  # fmt: skip
UNREVERSED = _held(
    "lines that were answered before are answered otherwise: a correction without its reversal",
    "Ask the payer for the reversal (CLP02 22); post this once that is posted.", element=2,
)  # fmt: skip
CHARGED_TWICE = _held(
    "lines under codes that the claim does not have: with those answered before more would be answered than it charged",
    "See which of its lines they answer: post it only where that was not answered, else ask the payer for the reversal "
    "(CLP02 22).",
    element=2,
)  # fmt: skip
ANSWERED_TWICE = _held(
    "a line is answered several times in one claim payment, for more than it was charged",
    "See in the bank what came: correct the claim payment to the line as it was billed where the payer only repeated "
    "it; post it as it is where the money came for each.",
    "SVC", 2,
)  # fmt: skip
DUPLICATE_DENIAL = _held("the payer denies its own duplicate (CARC 18); the first payment stands", "Nothing to do.")
TAKEN_BACK_BEFORE = _held(
    "it and what takes it back (CLP02 22) came after the correction: they cancel each other", "Nothing to do."
)
AWAITING_ANOTHER = frozenset({one.message for one in (NOTHING_TO_REVERSE, UNREVERSED, CHARGED_TWICE)})
"""Held for want of another payment: of what a reversal takes back, or of the reversal of what a correction replaces."""
