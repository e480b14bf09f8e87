"""Records the shape of event versions that are not published yet, and what the HTTP interfaces promise:
`python -m tests.contracts.publish`.

A published version of an event is never rewritten here: fields added to it with a default stay compatible without it.
What an HTTP interface promises grows; a promise that would be broken is not taken out here.
"""

from __future__ import annotations

import json
from pathlib import Path

from shared.events import contracts
from shared.events.asyncapi import fingerprint_schema
from tests.contracts.openapi_compatibility import Shape, breaks, shape_of

API_FILE = Path(__file__).with_name("published_openapi.json")
UNTYPED_FILE = Path(__file__).with_name("untyped_operations.json")
DOCUMENTS = Path(__file__).parents[2] / "docs" / "api"
FILE = Path(__file__).with_name("published.json")


def shapes() -> dict[str, Shape]:
    """What the checked-in documents promise, by service."""
    untyped = json.loads(UNTYPED_FILE.read_text())
    return {
        file.stem: shape_of(json.loads(file.read_text()), frozenset(untyped.get(file.stem, ())))
        for file in sorted(DOCUMENTS.glob("*.json"))
    }


def publish_interfaces() -> None:
    known = json.loads(API_FILE.read_text()) if API_FILE.exists() else {}
    now = shapes()
    broken = [f"{name}: {fault}" for name, shape in known.items() for fault in breaks(shape, now[name])]
    if broken:
        raise SystemExit("\n".join(("callers rely on these:", *broken)))
    API_FILE.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n")


def main() -> None:
    publish_interfaces()
    published = json.loads(FILE.read_text()) if FILE.exists() else {}
    for contract in contracts():
        published.setdefault(contract.type, fingerprint_schema(contract))
    FILE.write_text(json.dumps(published, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
