"""Why a use case was not carried out; an adapter says it in its own way.

Rules of the domain refuse by `OfferRefused`, `NotAllowed`, `DisputeNotNamed` and `IllegalTransition`, and a claim that
is not there by `shared.transactions.UnknownClaim`.
"""

from __future__ import annotations


class NoAgreement(Exception):
    """The dispute has no agreement and no award."""


class NotAcrossTenants(Exception):
    """Whoever acts in one tenant may not change what all tenants are decided by."""


class NotShared(Exception):
    """Claims may not be pooled so; `how_to_fix` says what has to be said or agreed first."""

    def __init__(self, message: str, how_to_fix: str) -> None:
        super().__init__(message)
        self.how_to_fix = how_to_fix


class VersionExists(Exception):
    """A version of the payers' record has this name already."""


class UnknownVersion(Exception):
    """No version of the payers' record has this name."""
