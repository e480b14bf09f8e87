"""Reads `recoup.claims.v1`. Generated from docs/asyncapi.json; needs confluent-kafka.

    python events/read_claims.py HOST:PORT GROUP [SECONDS]

Every event of every claim, keyed by claim id: one total order for each claim.
Ends after SECONDS without a record; without them it goes on. Take each `ce_id` in with its effect, so that a
repetition changes nothing, and pass over types that you do not know.
"""

import json
import sys
import time

from confluent_kafka import Consumer

TOPIC = "recoup.claims.v1"
TYPES = [
    "recoup.account.tasks-changed.v1",
    "recoup.appeal.decided.v1",
    "recoup.appeal.filed.v1",
    "recoup.books.restated.v1",
    "recoup.case.tasks-changed.v1",
    "recoup.claim.benchmarked.v1",
    "recoup.claim.closed.v1",
    "recoup.claim.coverage-reported.v1",
    "recoup.claim.denied.v1",
    "recoup.claim.inquired.v1",
    "recoup.claim.paid-fairly.v1",
    "recoup.claim.payer-rejected.v1",
    "recoup.claim.received.v1",
    "recoup.claim.records-requested.v1",
    "recoup.claim.rejected.v1",
    "recoup.claim.reopened.v1",
    "recoup.claim.replaced.v1",
    "recoup.claim.settled.v1",
    "recoup.claim.status-reported.v1",
    "recoup.claim.unjudged.v1",
    "recoup.claim.voided.v1",
    "recoup.deadline.corrected.v1",
    "recoup.deadline.noticed.v1",
    "recoup.dispute.closed.v1",
    "recoup.dispute.opened.v1",
    "recoup.dispute.widened.v1",
    "recoup.governing-law.determined.v1",
    "recoup.history.judged.v1",
    "recoup.history.taken-up.v1",
    "recoup.idr.closed.v1",
    "recoup.idr.determined.v1",
    "recoup.idr.fee-told.v1",
    "recoup.idr.initiated.v1",
    "recoup.idr.reopened.v1",
    "recoup.idr.valued.v1",
    "recoup.line.agreed.v1",
    "recoup.negotiation.failed.v1",
    "recoup.negotiation.opened.v1",
    "recoup.offer.countered.v1",
    "recoup.offer.expired.v1",
    "recoup.offer.received.v1",
    "recoup.offer.withdrawn.v1",
    "recoup.payment.demanded.v1",
    "recoup.pursuit.ended.v1",
    "recoup.pursuit.resumed.v1",
    "recoup.records.acknowledged.v1",
    "recoup.records.sent.v1",
    "recoup.remittance.deposited.v1",
    "recoup.remittance.overdue.v1",
    "recoup.remittance.received.v1",
    "recoup.remittance.recouped.v1",
    "recoup.remittance.reversed.v1",
    "recoup.settlement.paid.v1",
    "recoup.settlement.reinstated.v1",
    "recoup.settlement.rescinded.v1",
    "recoup.settlement.short.v1",
    "recoup.state-talks.begun.v1",
    "recoup.underpayment.flagged.v1",
]
bootstrap, group, *rest = sys.argv[1:]
patience = float(rest[0]) if rest else None
consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        # in production: "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", and your user
    }
)
consumer.subscribe([TOPIC])
heard = time.monotonic()
try:
    while patience is None or time.monotonic() - heard < patience:
        record = consumer.poll(1.0)
        if record is None or record.error():
            continue
        heard = time.monotonic()
        headers = {name: value.decode() for name, value in record.headers() or [] if value is not None}
        if headers.get("ce_type") in TYPES:
            print(json.dumps({"headers": headers, "data": json.loads(record.value())}), flush=True)
        consumer.commit(record, asynchronous=False)  # after the effect
finally:
    consumer.close()
