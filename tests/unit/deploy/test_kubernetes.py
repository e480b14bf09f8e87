"""The manifests: what each overlay builds is complete, safe and says what the services need."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from recoup.kafka_rights import as_strimzi, principals
from services.gateway.adapters.upstream import parse_services
from tests.unit.deploy.environment import PORTS, ROOT, SETTINGS, documents, image_is_pinned, known, required

K8S = ROOT / "deploy" / "k8s"
OVERLAYS = sorted(path.name for path in (K8S / "overlays").iterdir())
FILES = sorted(K8S.rglob("*.yaml"))
Manifest = dict[str, Any]


@cache
def built(overlay: str) -> tuple[Manifest, ...]:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed: the overlay's files are parsed, but not built")
    done = subprocess.run(
        ["kubectl", "kustomize", str(K8S / "overlays" / overlay)], capture_output=True, text=True, check=False
    )
    if "patchesStrategicMerge of type" in done.stderr:
        pytest.skip("this kubectl is older than 1.21 and cannot build the overlays")
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr
    return tuple(one for one in yaml.safe_load_all(done.stdout) if one)


def named(manifests: tuple[Manifest, ...] | list[Manifest], kind: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in manifests if one["kind"] == kind}


def base() -> list[Manifest]:
    return [one for path in sorted((K8S / "base").glob("*.yaml")) for one in documents(path)]


def pods() -> list[tuple[str, Manifest]]:
    """Every pod template of the base."""
    kinds = ("Deployment", "Job")
    return [(one["metadata"]["name"], one["spec"]["template"]) for one in base() if one["kind"] in kinds]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(K8S)))
def test_every_file_parses_and_belongs_to_a_kustomization(path: Path) -> None:
    for one in documents(path):
        assert {"apiVersion", "kind"} <= one.keys()
    if path.name != "kustomization.yaml":
        assert path.name in documents(path.parent / "kustomization.yaml")[0]["resources"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_builds_with_everything_in_it(overlay: str) -> None:
    manifests = built(overlay)
    assert set(named(manifests, "Deployment")) == set(SETTINGS)
    assert set(SETTINGS) <= set(named(manifests, "Service"))
    assert {one["metadata"].get("namespace") for one in manifests} == {"recoup"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_images_name_a_version_and_configuration_is_found(overlay: str) -> None:
    manifests = built(overlay)
    configs = set(named(manifests, "ConfigMap"))
    for kind in ("Deployment", "Job"):
        for name, one in named(manifests, kind).items():
            for container in one["spec"]["template"]["spec"]["containers"]:
                assert image_is_pinned(container["image"]), name
                for source in container.get("envFrom", []):
                    if "configMapRef" in source:
                        assert source["configMapRef"]["name"] in configs


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_configured_is_read_by_every_service(overlay: str) -> None:
    (config,) = named(built(overlay), "ConfigMap").values()
    for service in SETTINGS:
        assert set(config["data"]) <= known(service)


@pytest.mark.parametrize("service", SETTINGS)
class TestDeployments:
    def container(self, service: str) -> Manifest:
        (container,) = named(base(), "Deployment")[service]["spec"]["template"]["spec"]["containers"]
        return container

    def test_runs_its_module_where_it_is_probed_scraped_and_called(self, service: str) -> None:
        container = self.container(service)
        assert container["args"] == [f"services.{service}.main"]
        assert [port["containerPort"] for port in container["ports"]] == [PORTS[service]]
        template = named(base(), "Deployment")[service]["spec"]["template"]
        assert template["metadata"]["annotations"]["prometheus.io/port"] == str(PORTS[service])
        (port,) = named(base(), "Service")[service]["spec"]["ports"]
        assert (port["port"], port["targetPort"]) == (PORTS[service], "http")

    def test_is_probed(self, service: str) -> None:
        container = self.container(service)
        for probe, path in (("startup", "live"), ("liveness", "live"), ("readiness", "ready")):
            assert container[f"{probe}Probe"]["httpGet"] == {"path": f"/healthz/{path}", "port": "http"}

    def test_is_told_what_it_needs_and_secrets_only_by_reference(self, service: str) -> None:
        container = self.container(service)
        told = {variable["name"]: variable for variable in container["env"]}
        assert required(service) - {"KAFKA_BOOTSTRAP_SERVERS"} <= set(told) <= known(service)
        assert {"configMapRef": {"name": "recoup"}} in container["envFrom"]
        for name, variable in told.items():
            if name == "RECOUP_GATEWAY_SERVICES":
                assert parse_services(variable["value"]) == {one: f"http://{one}:{port}" for one, port in PORTS.items()}
            else:
                assert {"name", "key"} <= variable["valueFrom"]["secretKeyRef"].keys()
        assert told["DATABASE_URL"]["valueFrom"]["secretKeyRef"]["name"] == f"recoup-db-{service}"

    def test_selectors_meet_the_pods(self, service: str) -> None:
        labels = named(base(), "Deployment")[service]["spec"]["template"]["metadata"]["labels"]
        for kind, path in (("Deployment", "matchLabels"), ("PodDisruptionBudget", "matchLabels"), ("Service", "")):
            selector = named(base(), kind)[service]["spec"]["selector"]
            assert (selector[path] if path else selector).items() <= labels.items()

    def test_has_room_to_stop_and_to_roll(self, service: str) -> None:
        spec = named(base(), "Deployment")[service]["spec"]
        assert spec["template"]["spec"]["terminationGracePeriodSeconds"] >= 30
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize(("name", "template"), pods(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_pod_can_do_no_more_than_it_must(name: str, template: Manifest) -> None:
    pod = template["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert "memory" in container["resources"]["limits"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_network_policies_leave_the_operators_pods_alone() -> None:
    for policy in named(base(), "NetworkPolicy").values():
        assert policy["spec"]["podSelector"]["matchLabels"] == {"app.kubernetes.io/part-of": "recoup"}


def test_every_service_scales_by_its_own_lag_to_no_more_than_the_partitions() -> None:
    resources = documents(K8S / "overlays/production/scaling.yaml")
    scaled = [one for one in resources if one["kind"] == "ScaledObject"]
    assert [one["metadata"]["name"] for one in resources if one["kind"] == "TriggerAuthentication"] == [
        one["spec"]["triggers"][0]["authenticationRef"]["name"] for one in scaled
    ]
    config = documents(K8S / "base/kustomization.yaml")[0]["configMapGenerator"][0]["literals"]
    partitions = int(next(literal for literal in config if literal.startswith("RECOUP_PARTITIONS=")).split("=")[1])
    assert {one["spec"]["scaleTargetRef"]["name"] for one in scaled} == set(SETTINGS)
    for one in scaled:
        (trigger,) = one["spec"]["triggers"]
        assert one["spec"]["maxReplicaCount"] <= partitions
        assert trigger["metadata"]["consumerGroup"] == f"recoup-{one['spec']['scaleTargetRef']['name']}"
        assert trigger["metadata"]["topic"] in ("edi.inbound", "recoup.claims.v1")


def test_the_users_and_topics_of_kafka_are_those_that_the_services_need() -> None:
    written = documents(K8S / "overlays/production/kafka-access.yaml")
    assert written == as_strimzi(principals())


def test_production_speaks_tls_alone_and_each_service_signs_in_as_itself() -> None:
    manifests = built("production")
    (kafka,) = named(manifests, "Kafka").values()
    assert kafka["spec"]["kafka"]["authorization"] == {"type": "simple"}
    assert all(one["tls"] and one["authentication"] for one in kafka["spec"]["kafka"]["listeners"])
    (config,) = named(manifests, "ConfigMap").values()
    users = named(manifests, "KafkaUser")
    for service, deployment in named(manifests, "Deployment").items():
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        told = {one["name"]: one for one in container["env"]}
        user = told["KAFKA_SASL_USERNAME"]["value"]
        assert user == f"recoup-{service}" in users
        assert told["KAFKA_SASL_PASSWORD"]["valueFrom"]["secretKeyRef"] == {"name": user, "key": "password"}
        mounted = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}
        assert str(Path(config["data"]["KAFKA_SSL_CAFILE"]).parent) in mounted
        assert {"/tmp", "/etc/recoup/kafka", "/etc/recoup/db"} == set(mounted)
        assert set(mounted.values()) == {one["name"] for one in pod["volumes"]}
    assert config["data"]["KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"
