"""What the codes of events are called in sentences that people read."""

BASES = {
    "offer_accepted": "an accepted offer",
    "appeal_decision": "the appeal's decision",
    "idr_award": "the IDR award",
    "corrected_remittance": "a corrected remittance",
}
CLOSINGS = {
    "paid_fairly": "the payment was fair",
    "settled_and_paid": "the settlement was paid in full",
    "pursuit_ended": "no remedy worth taking is left",
    "denial_stands": "the denial stands",
    "voided": "the provider withdrew it",
    "written_off": "the remainder was written off",
}
