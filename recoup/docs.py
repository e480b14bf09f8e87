"""Writes the pages that are generated from code: `python -m recoup.docs [--check]`.

A test runs the same with `--check`, so that a page cannot drift from the code it describes.
"""

from __future__ import annotations

import base64
import inspect
import json
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

import msgspec
from fastapi import FastAPI
from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

import recoup_client as client
from recoup import docs_client, docs_events
from recoup.docs_metrics import metrics_page
from recoup.docs_problems import problems_page
from services.appeals import main as appeals
from services.appeals.settings import AppealsSettings
from services.benchmark import main as benchmark
from services.benchmark.domain.policy import Policy as BenchmarkPolicy
from services.benchmark.main import BenchmarkSettings
from services.gateway import main as gateway
from services.gateway.settings import GatewaySettings
from services.intake import main as intake
from services.intake.main import IntakeSettings
from services.settlement import main as settlement
from services.settlement.domain.policy import Policy as SettlementPolicy
from services.settlement.main import SettlementSettings
from shared.environment import FOLDER_VARIABLE, variable_of
from shared.events.asyncapi import render
from shared.json_claim import INSTITUTIONAL, PROFESSIONAL
from shared.json_claim.page import page, pretty, schema
from shared.kafka import KafkaSecurity
from shared.lifecycle import FINAL, State, facts, transitions
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def lifecycle_page() -> str:
    """The claim's state machine as a Mermaid diagram and a table of the events that keep the state."""
    lines = [
        "# The life of a claim",
        "",
        "Generated from the event contracts. Every event of a claim is on one log, so every reader sees these",
        "transitions in the same order. What is not drawn is illegal: it is recorded and parked, never ignored.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> none",
    ]
    arrows: dict[tuple[State, State], list[str]] = {}
    for source, event, target in transitions():
        arrows.setdefault((source, target), []).append(_short(event))
    for (source, target), events in arrows.items():
        lines.append(f"    {source} --> {target}: {', '.join(events)}")
    lines += [f"    {state} --> [*]" for state in sorted(FINAL)]
    lines += ["```", "", "Events that keep the state (facts from outside, and steps within one):", ""]
    lines += ["| event | may come while the claim is |", "|---|---|"]
    lines += [f"| `{_short(event)}` | {', '.join(states)} |" for event, states in facts()]
    return "\n".join(lines) + "\n"


def _short(event: str) -> str:
    return event.removeprefix("recoup.").removesuffix(".v1")


def settings_page() -> str:
    """Every setting with its variable, default and meaning."""
    lines = [
        "# Settings",
        "",
        "Generated from the services' settings classes. Everything is set by environment variables, or by files of",
        f"the same names in the folder of `{FOLDER_VARIABLE}` (a mounted secret); a variable goes before a file.",
        "",
    ]
    for title, settings_class, known in _settings_classes():
        lines += [f"## {title}", "", "| variable | default | meaning |", "|---|---|---|"]
        for name, field in settings_class.model_fields.items():
            if name in known:
                continue
            variable = variable_of(settings_class, name)
            default = "required" if field.default is PydanticUndefined else f"`{_plain(field.default)}`"
            lines.append(f"| `{variable}` | {default} | {field.description or ''} |")
        lines.append("")
    return "\n".join(lines)


def _plain(value: Any) -> str:
    text = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    if isinstance(text, Path) and text.is_relative_to(ROOT):
        text = text.relative_to(ROOT)  # where the installation lies is not a part of the default
    if isinstance(text, frozenset):
        text = json.dumps(sorted(cast("frozenset[str]", text)))  # as it is written in the environment, in one order
    return "" if text is None else str(text)


def _settings_classes() -> list[tuple[str, type[BaseSettings], frozenset[str]]]:
    shared = frozenset(Settings.model_fields)
    own: list[tuple[str, type[Settings]]] = [
        ("Intake", IntakeSettings),
        ("Benchmark", BenchmarkSettings),
        ("Appeals", AppealsSettings),
        ("Settlement", SettlementSettings),
        ("Gateway", GatewaySettings),
    ]
    everywhere: list[tuple[str, type[BaseSettings], frozenset[str]]] = [
        ("Every service", Settings, frozenset()),
        ("Connection to Kafka (services, commands and tools)", KafkaSecurity, frozenset()),
    ]
    return [*everywhere, *[(title, cls, shared - _ports(cls)) for title, cls in own]]


def _ports(settings_class: type[Settings]) -> frozenset[str]:
    changed = settings_class.model_fields["port"].default != Settings.model_fields["port"].default
    return frozenset({"port"} if changed else ())


def client_page() -> str:
    """The client library: every public name with its signature and docstring."""
    lines = [
        "# The Python client",
        "",
        "Generated from `packages/client`. " + (client.__doc__ or "").partition("\n\n")[0],
        "",
    ]
    lines += [
        "```python",
        *_code_of(client.__doc__ or ""),
        "```",
        "",
        (client.__doc__ or "").rpartition("\n\n")[2].strip(),
        "",
    ]
    for name in client.__all__:
        thing = getattr(client, name)
        if not inspect.isclass(thing):
            lines += [f"## `{name}{_signature(thing)}`", "", inspect.getdoc(thing) or "", ""]
            continue
        lines += [f"## {name}", "", _own_doc(thing), ""]
        if issubclass(thing, msgspec.Struct):
            hints = inspect.get_annotations(thing)
            lines += ["| member | type |", "|---|---|"]
            lines += [
                f"| `{field.encode_name}` | `{hints.get(field.name, '')}` |".replace(" | None", " or null")
                for field in msgspec.structs.fields(thing)
            ] + [""]
            continue
        for method, function in inspect.getmembers(thing, inspect.isfunction):
            if not method.startswith("_") and function.__module__.startswith("recoup_client"):
                lines += [f"### `{method}{_signature(function)}`", "", inspect.getdoc(function) or "", ""]
    return "\n".join(lines).rstrip() + "\n"


def _own_doc(thing: type[Any]) -> str:
    return inspect.cleandoc(thing.__doc__ or "")


def _code_of(text: str) -> list[str]:
    return [line.removeprefix("    ") for line in text.splitlines() if line.startswith("    ")]


def _signature(function: Callable[..., Any]) -> str:
    return str(inspect.signature(function)).replace("'", "").replace("(self, ", "(").replace("(self)", "()")


def schema_of(policy: type[msgspec.Struct]) -> str:
    """The JSON schema that a policy file must fit, for editors; the service checks the file itself when it starts."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(policy)}
    text = msgspec.json.encode(schema).replace(
        b'"type":"string","format":"decimal"',
        b'"type":["number","string"]',  # TOML has exact numbers
    )
    return msgspec.json.format(text, indent=1).decode() + "\n"


def openapi_page(service: str) -> str:
    """The OpenAPI document of a service, in a stable order."""
    return json.dumps(openapi(service), indent=1, sort_keys=True) + "\n"


@cache
def openapi(service: str) -> dict[str, Any]:
    """The OpenAPI document of a service; nothing is connected to."""
    build, settings_class = SERVICES[service]
    given: dict[str, Any] = {
        "DATABASE_URL": SecretStr("postgresql://nobody@localhost/none"),
        "phi_keys": SecretStr(base64.urlsafe_b64encode(bytes(36)).decode()),
    }
    return build(settings_class(**given)).openapi()


SERVICES: dict[str, tuple[Callable[[Any], FastAPI], type[Settings]]] = {
    "appeals": (appeals.build, AppealsSettings),
    "benchmark": (benchmark.build, BenchmarkSettings),
    "gateway": (gateway.build, GatewaySettings),
    "intake": (intake.build, IntakeSettings),
    "settlement": (settlement.build, SettlementSettings),
}
"""What each service's application is made of."""
PAGES: dict[str, Callable[[], str]] = {
    "docs/api/client.md": client_page,
    **{f"docs/api/{service}.json": partial(openapi_page, service) for service in SERVICES},
    "docs/asyncapi.json": render,
    "docs/events.md": docs_events.page,
    **{
        f"examples/{docs_events.file_of(topic)}": partial(docs_events.example, topic)
        for topic in (*docs_events.READ, *docs_events.WRITTEN)
    },
    "docs/json-claim.md": page,
    "docs/json-claim.schema.json": lambda: pretty(schema()),
    "docs/lifecycle.md": lifecycle_page,
    "docs/benchmark-policy.schema.json": lambda: schema_of(BenchmarkPolicy),
    "packages/client/src/recoup_client/operations.py": lambda: docs_client.operations(openapi("gateway")),
    **{
        f"packages/client/src/recoup_client/{name}.py": partial(docs_client.with_threads_half, name)
        for name in docs_client.BOTH
    },
    "docs/metrics.md": metrics_page,
    "docs/problems.md": lambda: problems_page(ROOT),
    "docs/settings.md": settings_page,
    "docs/settlement-policy.schema.json": lambda: schema_of(SettlementPolicy),
    "examples/claim-institutional.json": lambda: pretty(INSTITUTIONAL),
    "examples/claim-professional.json": lambda: pretty(PROFESSIONAL),
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` say which differ; 1 where one does."""
    check = "--check" in arguments
    stale = 0
    for path, make in PAGES.items():
        text = make()
        file = ROOT / path
        if check and (not file.exists() or file.read_text() != text):
            sys.stderr.write(f"{path} is out of date: run `make docs`\n")
            stale = 1
        elif not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return stale


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
