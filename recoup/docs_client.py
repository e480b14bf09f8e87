"""What of the client package is made from elsewhere: its table of operations, and the threads' half of both clients.

Event loops' classes (`Async…`) are written by hand; those for threads are the same without `async` and `await`.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parents[1] / "packages" / "client" / "src" / "recoup_client"
BOTH = ("calls", "casework", "endpoints", "onboarding", "patients", "sessions", "submissions")
"""Modules that hold a class for event loops and its like for threads."""
_WORDS = (
    (r"\(await (self\._\w+\([^\n]*\))\)\.(\w+)", r"\1.\2"),
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAsync(\w+)", r"\1"),
    (r"\basyncio\.sleep\b", "time.sleep"),
    (r"\b__a(enter|exit)__\b", r"__\1__"),
    (r"\ba(close|read|iter_lines)\(", r"\1("),
    (r"\bcode on an event loop\b", "code without an event loop"),
    (r"\ban async context manager\b", "a context manager"),
    (r"\[(\w+) for \1 in ([^\n]*)\]", r"list(\2)"),
    (r"for (\w+) in ([^\n:]*):\n +yield \1\n", r"yield from \2\n"),
)  # fmt: skip


def with_threads_half(name: str) -> str:
    """The text of a module of both, each class for threads made from the one for event loops."""
    text = (SOURCE / f"{name}.py").read_text()
    lines = text.splitlines(keepends=True)
    classes = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
    made: list[tuple[int, int, str]] = []
    for source in classes.values():
        target = classes.get(source.name.removeprefix("Async"))
        if source.name.startswith("Async") and target is not None:
            code = "".join(lines[source.lineno - 1 : source.end_lineno])
            for pattern, word in _WORDS:
                code = re.sub(pattern, word, code)
            made.append((target.lineno - 1, int(target.end_lineno or 0), code))
    for start, end, code in sorted(made, reverse=True):
        lines[start:end] = [code]
    return formatted("".join(lines))


def formatted(text: str) -> str:
    """Python as ruff lays it out."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(SOURCE / "x.py"), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def operations(document: dict[str, Any]) -> str:
    """The module of the gateway's operations."""
    found: dict[str, str] = {}
    keyed: list[str] = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            found[operation["operationId"]] = f"{method.upper()} {path}"
            if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ())):
                keyed.append(operation["operationId"])
    ids = "".join(f"    {name!r},\n" for name in sorted(found))
    rows = "".join(f"    {name!r}: {found[name]!r},\n" for name in sorted(found))
    keys = "".join(f"        {name!r},\n" for name in sorted(keyed))
    return formatted(
        '"""Every operation of the gateway: its method and path. Generated from the OpenAPI document."""\n\n'
        "from __future__ import annotations\n\nfrom typing import Literal\n\n"
        f"VERSION = {document['info']['version']!r}\n"
        '"""The version of the API that this client is of."""\n'
        f"OperationId = Literal[\n{ids}]\n"
        f"OPERATIONS: dict[OperationId, str] = {{\n{rows}}}\n"
        f"KEYED: frozenset[OperationId] = frozenset(\n    {{\n{keys}    }}\n)\n"
        '"""Those that take an `Idempotency-Key`, so that a repetition does no harm."""\n'
    )
