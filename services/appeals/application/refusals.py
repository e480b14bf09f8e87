"""Why a use case was not carried out; an adapter says it in its own way.

Rules of the domain refuse by `IllegalTransition`, and a claim that is not there by `shared.transactions.UnknownClaim`.
"""

from __future__ import annotations

from collections.abc import Sequence


class InTheFuture(Exception):
    """Something is said to have happened on a day that has not come; `field` is where that day was given."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class NotAttached(Exception):
    """Documents are not attached, or their content is not kept here."""

    def __init__(self, references: Sequence[str]) -> None:
        super().__init__(", ".join(references))
        self.references = list(references)


class CannotSend(Exception):
    """The service has no channel for X12."""


class NothingToConfirm(Exception):
    """No filing of this number was exported."""


class WeakEvidence(Exception):
    """The papers' evidence is weak, and no reason was given to file all the same."""

    def __init__(self, why: str, missing: Sequence[str]) -> None:
        super().__init__(why)
        self.missing = list(missing)


class PackageNotReady(Exception):
    """The papers lack facts, and no reason was given to file all the same."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = list(missing)
