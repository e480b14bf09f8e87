"""The page of the metrics that every service gives to Prometheus, from where they are declared."""

from __future__ import annotations

from typing import cast

from prometheus_client import Counter, Gauge, Histogram

from shared.telemetry import metrics

_KINDS: tuple[tuple[type[Counter | Gauge | Histogram], str], ...] = (
    (Counter, "counter"),
    (Histogram, "histogram"),
    (Gauge, "gauge"),
)

_HEAD = """\
# Metrics

Generated from `shared/telemetry/metrics.py`. Every service answers `GET /metrics` in Prometheus' text format, with
these and those of the Python process. Labels hold few values, and never an id or anything of a patient: `route` is a
route's template, or `unmatched` where no route takes the request and for files served as they are. `status` is 499
where the caller went away before it was answered. A request's time ends where its answer begins, so that live streams
are not slow. Alerts are in `deploy/observability/alerts.yaml`, the dashboard in `deploy/observability/grafana`.

| metric | kind | labels | meaning |
|---|---|---|---|
"""


def declared() -> list[tuple[str, str, tuple[str, ...], str]]:
    """Return name, kind, labels and meaning of each metric, in the order of the names."""
    found: list[tuple[str, str, tuple[str, ...], str]] = []
    for metric in vars(metrics).values():
        for kind, called in _KINDS:
            if isinstance(metric, kind):
                (family,) = metric.describe()
                name = family.name + ("_total" if kind is Counter else "")
                labels = cast(tuple[str, ...], metric._labelnames)  # pyright: ignore[reportPrivateUsage,reportUnknownMemberType]
                found.append((name, called, labels, family.documentation))
    return sorted(found)


def metrics_page() -> str:
    """Every metric with its kind, labels and meaning."""
    lines: list[str] = [*_HEAD.splitlines()]
    for name, kind, labels, meaning in declared():
        lines.append(f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels) or '–'} | {meaning} |")
    return "\n".join(lines) + "\n"
