"""One W3C trace for a claim's whole life.

Every event carries a `traceparent`; what a handler emits continues the trace of the event it heard. Without a
collector that costs two random numbers an event. With one, sampled claims (the sampled flag travels in the
`traceparent`) get a real span for each event handled.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_exporting = False
_ratio = 0.0


def configure(service: str, endpoint: str, ratio: float) -> None:
    """Export sampled spans to an OTLP collector; with an empty endpoint only pass the context on."""
    global _exporting, _ratio
    if not endpoint:
        return
    # Loaded only where there is a collector: they take a tenth of a service's start.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    provider = TracerProvider(
        resource=Resource.create({"service.name": f"recoup-{service}"}),
        sampler=ParentBased(TraceIdRatioBased(ratio)),
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)
    _exporting, _ratio = True, ratio


def child_of(traceparent: str) -> str:
    """A `traceparent` with a new span in the same trace, or a new trace where there is none."""
    span = random.getrandbits(64) or 1
    if len(traceparent) == 55:
        return f"{traceparent[:36]}{span:016x}{traceparent[52:]}"
    sampled = _exporting and random.random() < _ratio
    return f"00-{random.getrandbits(128) or 1:032x}-{span:016x}-{'01' if sampled else '00'}"


def handling(traceparent: str, name: str) -> AbstractContextManager[str]:
    """A span around one event's handling; yields the `traceparent` for what it emits."""
    if _exporting and traceparent.endswith("-01"):
        return _span(traceparent, name)
    return nullcontext(child_of(traceparent))


@contextmanager
def _span(traceparent: str, name: str) -> Generator[str]:
    context = _propagator.extract({"traceparent": traceparent})
    with trace.get_tracer("recoup").start_as_current_span(name, context=context):
        carrier: dict[str, str] = {}
        _propagator.inject(carrier)
        yield carrier.get("traceparent", child_of(traceparent))
