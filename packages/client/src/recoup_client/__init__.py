"""Typed client of the gateway's API: `Client` and `AsyncClient`, over httpx.

    with Client("https://gateway.example", "rcp_…") as recoup:
        print(recoup.submit(Path("claims.837").read_bytes()).claims)
        for claim in recoup.claims(state=["negotiating"], payer_id="60054"):
            print(claim.claim_id, claim.amounts.paid)

Passing faults (no connection, 429, 502, 503, 504) are tried again with growing pauses; every other error is raised as
`ApiError` with the server's problem document. `verify_webhook` checks a delivery's signature.
"""

from recoup_client.casework import ClaimTask, IdrFiling, IdrPlan, Tasks, Worklist
from recoup_client.endpoints import Delivery, Endpoint, Tested
from recoup_client.errors import ApiError, RecoupError, Unreachable
from recoup_client.figures import Group, Outcome, Percentiles, Portfolio, Share, Spread
from recoup_client.models import (
    Amounts,
    Assessment,
    BooksLine,
    Case,
    Claim,
    Deadline,
    Document,
    Lag,
    LiveEvent,
    Offer,
    Settlement,
    TimelineEntry,
)
from recoup_client.patients import PatientLink
from recoup_client.sessions import AsyncClient, Client
from recoup_client.submissions import History, Submission
from recoup_client.webhooks import WebhookRefused, sign_webhook, verify_webhook

__all__ = [
    "Amounts",
    "ApiError",
    "Assessment",
    "AsyncClient",
    "BooksLine",
    "Case",
    "Claim",
    "ClaimTask",
    "Client",
    "Deadline",
    "Delivery",
    "Document",
    "Endpoint",
    "Group",
    "History",
    "IdrFiling",
    "IdrPlan",
    "Lag",
    "LiveEvent",
    "Offer",
    "Outcome",
    "PatientLink",
    "Percentiles",
    "Portfolio",
    "RecoupError",
    "Settlement",
    "Share",
    "Spread",
    "Submission",
    "Tasks",
    "Tested",
    "TimelineEntry",
    "Unreachable",
    "WebhookRefused",
    "Worklist",
    "sign_webhook",
    "verify_webhook",
]
