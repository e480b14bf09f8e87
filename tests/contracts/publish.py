"""Records the shape of event versions that are not published yet: `python -m tests.contracts.publish`.

A published version is never rewritten here: fields added to it with a default stay compatible without it.
"""

from __future__ import annotations

import json
from pathlib import Path

from shared.events import contracts
from shared.events.asyncapi import fingerprint_schema

FILE = Path(__file__).with_name("published.json")


def main() -> None:
    published = json.loads(FILE.read_text()) if FILE.exists() else {}
    for contract in contracts():
        published.setdefault(contract.type, fingerprint_schema(contract))
    FILE.write_text(json.dumps(published, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
