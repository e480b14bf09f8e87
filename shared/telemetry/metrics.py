"""Prometheus metrics of the runtime. Labels are event types, topics and reasons: few values, no patient data."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_BATCH_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

events_handled = Counter("recoup_events_handled_total", "Events handled, each once", ["type"])
events_duplicate = Counter("recoup_events_duplicate_total", "Events seen before and skipped")
events_missing = Counter(
    "recoup_events_missing_total", "Events that never came though later ones of their claim and source did", ["source"]
)
events_parked = Counter("recoup_events_parked_total", "Events parked as dead letters", ["reason"])
events_emitted = Counter("recoup_events_emitted_total", "Events written to the outbox", ["type"])
events_published = Counter("recoup_events_published_total", "Events acknowledged by the broker")
batch_seconds = Histogram("recoup_batch_seconds", "Time to handle one batch, commit included", buckets=_BATCH_SECONDS)
batch_events = Histogram(
    "recoup_batch_events", "Events in one batch", buckets=(1, 5, 10, 50, 100, 250, 500, 1000, 2000)
)
retries = Counter("recoup_retries_total", "Batches tried again after a transient error", ["error"])
history_waited = Counter(
    "recoup_history_waited_seconds_total", "How long inputs loaded as history gave way to what is live"
)
outbox_pending = Gauge("recoup_outbox_pending", "Events waiting for the relay (sampled)")
outbox_held = Gauge("recoup_outbox_held", "Events that the broker does not take (sampled); those of their claims wait")
outbox_stalled = Gauge("recoup_outbox_standing_seconds", "How long the oldest event of the outbox has been the same")
relay_shards = Gauge("recoup_relay_shards", "Outbox shards this process holds")
consumer_lag = Gauge(
    "recoup_consumer_lag_records", "Records behind the end of the topic, as the broker knows it", ["topic", "partition"]
)
consumer_stalled = Gauge(
    "recoup_consumer_standing_seconds",
    "How long a partition's committed position has not moved while there is more to read",
    ["topic", "partition"],
)
positions_odd = Counter(
    "recoup_positions_odd_total", "Partitions whose place in the database did not fit the log", ["reason"]
)
consumer_restarts = Counter("recoup_consumer_restarts_total", "Consumers that failed and were started again", ["group"])
loop_restarts = Counter("recoup_loop_restarts_total", "Background loops that failed and were started again", ["loop"])
timers_fired = Counter("recoup_timers_fired_total", "Deadlines that came due", ["kind"])
timers_failed = Counter("recoup_timers_failed_total", "Deadlines that could not be acted on, tried again", ["kind"])
clock_drift = Gauge("recoup_clock_drift_seconds", "How far this host's clock is behind the database's")
published_unknown = Gauge(
    "recoup_published_unknown_events", "Own events on the log from before a restore whose inputs have not come again"
)
parked_now = Gauge("recoup_parked_events", "Dead letters waiting for replay")
http_requests = Counter("recoup_http_requests_total", "HTTP requests answered", ["method", "route", "status"])
http_request_seconds = Histogram(
    "recoup_http_request_seconds",
    "Time from an HTTP request to the beginning of its answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
