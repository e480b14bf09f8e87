"""Parses the same 837P and 835 with this project and its peers in one run, one core, and prints ratios.

`uv run --group bench python -m bench.parse.compare [CLAIMS]` (default 5,000). Each parser runs in a process of
its own, so that memory is its own; time is CPU time of the parse alone, the best of the runs that fit in about
twenty seconds. Peers that are not installed are left out with a note. `--json` prints figures for machines.
"""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.parse.generate import interchange

PATIENCE_S = 20.0


def split_only(path: Path) -> int:
    """The floor: decode, split into segments and elements, count."""
    text = path.read_bytes().decode()
    mark = "CLM" if "~\nCLM*" in text else "CLP"
    return sum(row.split("*")[0] == mark for row in text.split("~\n"))


def recoup(path: Path) -> int:
    """Everything: SNIP 1-5, the whole model, original text. What earlier runs remembered is forgotten first."""
    from recoup_x12 import ClaimRead, RemittanceRead, read
    from recoup_x12.codes import npi
    from recoup_x12.core import check, values
    from recoup_x12.core.parser import unit_parser
    from recoup_x12.sets.claim837.values import pointers

    for memory in (unit_parser, check.is_date, values.day, values.procedure, pointers, npi.npi_is_valid):
        memory.cache_clear()
    with path.open("rb") as file:
        chunks = iter(lambda: file.read(1 << 18), b"")
        good = 0
        for item in read(chunks):
            if isinstance(item, (ClaimRead, RemittanceRead)):
                if not item.accepted:
                    raise SystemExit(f"refused: {item.problems[0]}")
                good += 1
    return good


def pyx12_reader(path: Path) -> int:
    import pyx12.x12file  # pyright: ignore[reportMissingImports]

    return sum(s.get_seg_id() in ("CLM", "CLP") for s in pyx12.x12file.X12Reader(str(path)))


def pyx12_validate(path: Path) -> int:
    import pyx12.params  # pyright: ignore[reportMissingImports]
    import pyx12.x12n_document  # pyright: ignore[reportMissingImports]

    sound = pyx12.x12n_document.x12n_document(pyx12.params.params(), str(path), io.StringIO(), None)
    if not sound:
        raise SystemExit("pyx12 finds the generated file unsound")
    return _count(path)


def x12sdk_models(path: Path) -> int:
    from x12sdk.io import X12ModelReader  # pyright: ignore[reportMissingImports]

    with X12ModelReader(str(path)) as reader:
        for _ in reader.models():
            pass
    return _count(path)


def oxedi_parse(path: Path) -> int:
    import oxedi  # pyright: ignore[reportMissingImports]

    oxedi.parse_file(str(path))
    return _count(path)


def _count(path: Path) -> int:
    return sum(row.startswith((b"CLM*", b"CLP*")) for row in path.read_bytes().split(b"\n"))


PARSERS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "split": ("split only (the floor)", split_only),
    "recoup": ("recoup, SNIP 1-5", recoup),
    "pyx12-reader": ("pyx12, bare segment reader", pyx12_reader),
    "pyx12": ("pyx12, validation and 999", pyx12_validate),
    "x12sdk": ("x12sdk, models", x12sdk_models),
    "oxedi": ("oxedi (Rust), parse and diagnostics", oxedi_parse),
}
KINDS = {"837": ("split", "recoup", "pyx12-reader", "pyx12", "x12sdk"),
         "835": ("split", "recoup", "pyx12-reader", "pyx12", "x12sdk", "oxedi")}  # fmt: skip


def measure(name: str, path: Path) -> dict[str, float]:
    """Run one parser in this process; best CPU seconds, claims and peak memory."""
    run = PARSERS[name][1]
    best = float("inf")
    spent = 0.0
    claims = 0
    while spent < PATIENCE_S / 4 or best == float("inf"):
        started = time.process_time()
        claims = run(path)
        took = time.process_time() - started
        best, spent = min(best, took), spent + took
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": best, "claims": claims, "rss_mib": rss}


def child(name: str, path: Path) -> dict[str, float] | str:
    command = [sys.executable, "-m", "bench.parse.compare", "--one", name, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines()
        return reason[-1] if reason else "failed"
    return json.loads(done.stdout)


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--one"]:
        print(json.dumps(measure(arguments[1], Path(arguments[2]))))
        return 0
    as_json = "--json" in arguments
    count = int(next((a for a in arguments if a.isdigit()), "5000"))
    everything: dict[str, dict[str, dict[str, float] | str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, names in KINDS.items():
            path = Path(folder) / f"claims.{kind}"
            path.write_bytes(interchange(kind, count))
            results = everything[kind] = {name: child(name, path) for name in names}
            if not as_json:
                show(kind, count, path.stat().st_size, results)
    if as_json:
        print(json.dumps(everything, indent=1))
    return 0


def show(kind: str, count: int, size: int, results: dict[str, dict[str, float] | str]) -> None:
    ours = results["recoup"]
    print(f"\n{kind}: {count} claims, 3 lines each, {size / 1e6:.1f} MB")
    print(f"{'':38}{'claims/s':>10}{'MB/s':>8}{'RSS MiB':>9}{'recoup is':>12}")
    for name, result in results.items():
        label = PARSERS[name][0]
        if isinstance(result, str) or isinstance(ours, str):
            print(f"{label:38}  left out: {result}")
            continue
        rate = result["claims"] / result["seconds"]
        ratio = (ours["claims"] / ours["seconds"]) / rate
        megabytes = size / 1e6 / result["seconds"]
        print(f"{label:38}{rate:10,.0f}{megabytes:8.2f}{result['rss_mib']:9.0f}{ratio:11.2f}x")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
