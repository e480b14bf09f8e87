"""The steps of the federal IDR process, 45 CFR 149.510, and the facts the engine goes by."""

from __future__ import annotations

from services.appeals.domain.forums.protocol import Papers, Traits
from services.appeals.domain.steps import Step, Steps
from services.appeals.domain.tables import NEGOTIATE

ASSUMED = "assumed: nobody has told when the entity became final, and the last day for it was taken"
UNTOLD = "assumed: the entity named no day for what it asked for, and our own period was taken"
STEPS: Steps = {
    "prepare": Step(
        label="initiate the federal IDR process", mover="provider", rule="45 CFR 149.510(b)(2)",
        limits=("nsa.idr_initiation",), fees=("idr_admin",), moves=frozenset(("file", "missed", "talks_failed")),
    ),
    "selection": Step(
        label="select the certified IDR entity", mover="both", rule="45 CFR 149.510(c)(1)",
        limits=("nsa.entity_joint", "nsa.entity_departments"),
        moves=frozenset(("select_entity", "submit_offer", "determined", "closed", "talks_failed")),
    ),
    "offers": Step(
        label="submit offer and fees", mover="provider", rule="45 CFR 149.510(c)(4)(i)", limits=("nsa.offers",),
        fees=("idr_entity_single",),
        moves=frozenset(("select_entity", "submit_offer", "missed", "determined", "closed", "talks_failed")),
    ),
    "determination": Step(
        label="the entity chooses one of the two offers", mover="entity", rule="45 CFR 149.510(c)(4)(ii)",
        limits=("nsa.determination",),
        moves=frozenset(("select_entity", "submit_offer", "determined", "closed", "silence", "talks_failed")),
    ),
    "agreement": Step(
        label="payment of the award; cooling-off runs", mover="payer", rule="45 CFR 149.510(c)(4)(ix)",
        limits=("nsa.payment", "nsa.cooling_off"), moves=frozenset(("talks_failed", "missed")),
    ),
}  # fmt: skip
TRAITS = Traits(
    label="federal idr",
    event_name="federal_idr",
    federal_process=True,
    underpayment=NEGOTIATE,
    underpayment_source="45 CFR 149.510",
    answered_by_decision=False,
    attests=("no_conflict", "cooling_off_reason"),
    takes_further_lines=False,
    follows_receipt=False,
    counted_from_receipt=False,
    yields_to_federal=False,
    appealed_if_missed=True,
    rests_after_late_win=False,
    may_share_filing=("prepare",),
    batch_stage="prepare",
    extended_as="initiation",
    assumptions={"offer": ASSUMED, "determination": ASSUMED, "information": UNTOLD},
    tasks={
        "offer": "submit our offer and fees to the IDR entity",
        "information": "send the IDR entity what it asked for",
        "entity_answer": "agree or object to the IDR entity that the other party proposed",
        "entity_notice": "tell the Departments who the IDR entity is, or that none was agreed on",
        "settlement_notice": "tell the Departments and the IDR entity of the settlement",
        "entity_selection": "select the certified IDR entity, or record the day it became final",
    },
)
PAPERS = Papers(
    payer_address="notice_address",
    argued_by_rates=False,
    has_letter=False,
    bars_figures=True,
    proven_by="open_negotiation",
)
