"""What each service can be told by its environment, read off its settings class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from services.appeals.settings import AppealsSettings
from services.benchmark.main import BenchmarkSettings
from services.gateway.settings import GatewaySettings
from services.intake.main import IntakeSettings
from services.settlement.main import SettlementSettings
from shared.environment import variable_of
from shared.kafka import KafkaSecurity
from shared.settings import Settings

ROOT = Path(__file__).parents[3]
SETTINGS: dict[str, type[Settings]] = {
    "intake": IntakeSettings,
    "benchmark": BenchmarkSettings,
    "appeals": AppealsSettings,
    "settlement": SettlementSettings,
    "gateway": GatewaySettings,
}
PORTS = {name: settings.model_fields["port"].default for name, settings in SETTINGS.items()}


def known(service: str) -> set[str]:
    """Names of all variables the service reads."""
    return {variable_of(one, field) for one in (SETTINGS[service], KafkaSecurity) for field in one.model_fields}


def required(service: str) -> set[str]:
    """Those it does not start without, and those without which its doors stay closed."""
    fields = SETTINGS[service].model_fields
    needed = {variable_of(SETTINGS[service], name) for name, field in fields.items() if field.is_required()}
    needed |= {"KAFKA_BOOTSTRAP_SERVERS", "RECOUP_ADMIN_TOKEN"}
    return needed | ({"RECOUP_GATEWAY_OPERATOR_KEY"} if service == "gateway" else set())


def documents(path: Path) -> list[dict[str, Any]]:
    """Every YAML document of a file."""
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


def image_is_pinned(image: str) -> bool:
    """Return True if the image names a version, and not one that moves."""
    name, _, tag = image.rpartition(":")
    return bool(name) and tag not in ("", "latest") and any(sign.isdigit() for sign in tag)
