"""Opened or listed: told by what was asked and by how many claims were shown."""

from __future__ import annotations

import pytest

from services.gateway.domain.access_kinds import kind_of


@pytest.mark.parametrize(
    ("action", "outcome", "claims", "kind"),
    [
        ("claim", "allowed", 1, "opened"),
        ("timeline", "allowed", 1, "opened"),
        ("letter", "allowed", 1, "opened"),
        ("case/misdirected", "allowed", 1, "opened"),
        ("worklist/held/look", "allowed", 0, "opened"),
        ("dead letter intake 12", "allowed", 0, "opened"),
        ("search", "allowed", 39, "listed"),
        ("search", "allowed", 1, "listed"),  # a page that happens to have one row is a list all the same
        ("results/claims", "allowed", 4, "listed"),
        ("worklist", "allowed", 0, "listed"),
        ("something new", "allowed", 2, "listed"),
        ("export results/claims", "allowed", 4, "exported"),
        ("export access log", "allowed", 1, "exported"),
        ("case/notes", "allowed", 1, "changed"),
        ("create key 4f1c", "allowed", 0, "changed"),
        ("worklist/held/resolution", "allowed", 0, "changed"),
        ("POST /v1/claims/{claim_id}/offers/accept", "allowed", 1, "changed"),
        ("claim", "not_found", 1, "refused"),
        ("GET /v1/books", "forbidden", 0, "refused"),
    ],
)
def test_what_an_access_was(action: str, outcome: str, claims: int, kind: str) -> None:
    assert kind_of(action, outcome, claims) == kind
