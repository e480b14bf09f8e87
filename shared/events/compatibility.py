"""True if a contract still accepts and gives what its published version promised."""

from __future__ import annotations

from typing import Any


def breaks(old: dict[str, Any], new: dict[str, Any], at: str = "") -> list[str]:
    """How `new` (a JSON schema with its components) breaks readers or writers of `old`; empty where it does not.

    Within a version: no field may go, change its type, or become required; a new field needs a default; an enumeration
    may not gain or lose values, since readers that made a closed type of it would refuse a new one. It may become open
    text: then every reader is told that there may be others, and ours wait for the release that knows the value.
    """
    return [
        *_object(old["schema"], new["schema"], at),
        *(
            problem
            for name, component in old["components"].items()
            for problem in (
                _object(component, new["components"][name], name)
                if name in new["components"]
                else [f"{name}: the type is gone"]
            )
        ),
    ]


def _object(old: dict[str, Any], new: dict[str, Any], at: str) -> list[str]:
    if "$ref" in old or "$ref" in new:
        return [] if old.get("$ref") == new.get("$ref") else [f"{at}: refers to another type"]
    problems: list[str] = []
    before, after = old.get("properties", {}), new.get("properties", {})
    required_before, required_after = set(old.get("required", [])), set(new.get("required", []))
    for name, schema in before.items():
        if name not in after:
            problems.append(f"{at}.{name}: the field is gone")
        elif _shape(schema) != _shape(after[name]) and not _opened(schema, after[name]):
            problems.append(f"{at}.{name}: its type changed")
    problems += [f"{at}.{name}: became required" for name in sorted(required_after - required_before)]
    problems += [f"{at}.{name}: is no longer always sent" for name in sorted(required_before - required_after)]
    return problems


def _shape(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("default", "description", "title")}


def _opened(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Return True if an enumeration of texts became any text."""
    values = old.get("enum", ())
    return bool(values) and all(isinstance(one, str) for one in values) and _shape(new) == {"type": "string"}
