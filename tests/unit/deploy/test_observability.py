"""Alerts and dashboards ask only for metrics and labels that the services have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import Counter, Gauge, Histogram

from shared.telemetry import metrics
from tests.unit.deploy.environment import PORTS, ROOT, documents

OBSERVABILITY = ROOT / "deploy" / "observability"
_OF_THE_SCRAPER = {"instance", "job", "le"}


def exposed() -> dict[str, set[str]]:
    """Names of the series the services expose, with their labels."""
    found: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if isinstance(metric, Counter | Gauge | Histogram):
            (family,) = metric.describe()
            name = family.name + ("_total" if isinstance(metric, Counter) else "")
            labels = set(metric._labelnames)  # pyright: ignore[reportPrivateUsage]
            suffixes = ("_bucket", "_sum", "_count") if isinstance(metric, Histogram) else ("",)
            found |= {name + suffix: labels for suffix in suffixes}
    return found


def expressions() -> Iterator[tuple[str, str]]:
    for group in documents(OBSERVABILITY / "alerts.yaml")[0]["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for path in (OBSERVABILITY / "grafana/dashboards").glob("*.json"):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield f"{path.stem}: {panel['title']}", target["expr"]


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_every_metric_and_label_asked_for_exists(where: str, expression: str) -> None:
    series = exposed()
    used = set(re.findall(r"\brecoup_[a-z_]+", expression))
    assert used or expression.startswith("up{"), where
    assert used <= series.keys()
    labels = {label.strip() for clause in re.findall(r"by \(([^)]*)\)", expression) for label in clause.split(",")}
    assert labels <= _OF_THE_SCRAPER.union(*(series[name] for name in used))
    assert expression.count("(") == expression.count(")")


def test_every_alert_says_how_bad_and_what_to_do() -> None:
    for group in documents(OBSERVABILITY / "alerts.yaml")[0]["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("page", "ticket")
            assert rule["annotations"]["summary"]
            assert rule["for"]


def test_every_service_is_scraped() -> None:
    config: dict[str, Any] = documents(OBSERVABILITY / "prometheus.yaml")[0]
    (job,) = config["scrape_configs"]
    assert job["job_name"] == "recoup"
    assert set(job["static_configs"][0]["targets"]) == {f"{name}:{port}" for name, port in PORTS.items()}


def test_the_collector_listens_where_the_services_send() -> None:
    compose = documents(ROOT / "docker-compose.yml")[0]
    endpoint = compose["services"]["intake"]["environment"]["RECOUP_OTLP_ENDPOINT"]
    collector = documents(OBSERVABILITY / "collector.yaml")[0]
    port = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"].rpartition(":")[2]
    assert endpoint == f"http://collector:{port}"
    for pipeline in collector["service"]["pipelines"].values():
        for part in ("receivers", "processors", "exporters"):
            assert set(pipeline[part]) <= collector[part].keys()


def test_the_dashboard_reads_the_source_that_is_provisioned() -> None:
    (source,) = documents(OBSERVABILITY / "grafana/provisioning/datasources/prometheus.yaml")[0]["datasources"]
    assert source["url"] == "http://prometheus:9090"
    (provider,) = documents(OBSERVABILITY / "grafana/provisioning/dashboards/recoup.yaml")[0]["providers"]
    compose = documents(ROOT / "docker-compose.yml")[0]
    mounted = [volume.split(":")[1] for volume in compose["services"]["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounted
