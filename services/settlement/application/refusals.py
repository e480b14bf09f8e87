"""Why a use case was not carried out; an adapter says it in its own way.

Rules of the domain refuse by `OfferRefused`, `NotAllowed`, `DisputeNotNamed` and `IllegalTransition`, and a claim that
is not there by `shared.transactions.UnknownClaim`.
"""

from __future__ import annotations


class NoAgreement(Exception):
    """The dispute has no agreement and no award."""


class NotAcrossTenants(Exception):
    """Whoever acts in one tenant may not change what all tenants are decided by."""


class VersionExists(Exception):
    """A version of the payers' record has this name already."""


class UnknownVersion(Exception):
    """No version of the payers' record has this name."""
