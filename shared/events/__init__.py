"""The event contracts of Recoup: one typed, versioned struct for each CloudEvents type."""

from shared.events import answers, assessment, claims, idr, payer, pursuit, records, settlement, statuses, tasks
from shared.events.base import (
    CLAIMS_TOPIC,
    DEAD_LETTER_TOPIC,
    EDI_INBOUND_TOPIC,
    EDI_OUTBOUND_TOPIC,
    PAYER_INBOUND_TOPIC,
    Contract,
    Envelope,
    Event,
    Part,
    contract_for_type,
    contract_of,
    contracts,
)

__all__ = [
    "CLAIMS_TOPIC",
    "DEAD_LETTER_TOPIC",
    "EDI_INBOUND_TOPIC",
    "EDI_OUTBOUND_TOPIC",
    "PAYER_INBOUND_TOPIC",
    "Contract",
    "Envelope",
    "Event",
    "Part",
    "answers",
    "assessment",
    "claims",
    "contract_for_type",
    "contract_of",
    "contracts",
    "idr",
    "payer",
    "pursuit",
    "records",
    "settlement",
    "statuses",
    "tasks",
]
