"""One dispute's part in an IDR filing of several."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class BatchPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One dispute's part in an IDR filing of several: whose share it, on what basis, and this dispute's fees.

    `claim_ids` has each dispute's claim, `case_ids` in the same order its id where its claim had several, "" where not;
    it is empty where none had. The parts of a batch add up to its fees to the cent. The papers of the first carry the
    filing for all of them.
    """

    batch_id: str
    claim_ids: tuple[str, ...]
    basis: str
    rule: str
    administrative_fee: Decimal
    entity_fee: Decimal
    case_ids: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """What names each dispute: its own id where its claim had several, else its claim's."""
        return keys_of(self.claim_ids, self.case_ids)


def keys_of(claim_ids: tuple[str, ...], case_ids: tuple[str, ...]) -> tuple[str, ...]:
    """What names each dispute of a filing: its own id where its claim has several, else its claim's."""
    if not case_ids:
        return claim_ids
    return tuple(case_id or claim_id for claim_id, case_id in zip(claim_ids, case_ids, strict=True))
