"""Reads the same in-network file with this project and the usual approaches in one run: MB/s and peak memory.

`uv run --group bench python -m bench.tic.compare [MB]` (default 200). Each reader runs in a process of its own; all
filter the same 400 codes. This project also joins every rate to its contracts and keeps amounts exact; the others only
add up floats, which flatters them.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import ijson  # pyright: ignore[reportMissingImports]
import msgspec

from services.benchmark.adapters.tic.rates import Wanted, read_in_network
from services.benchmark.domain.contracted import rows_of

GROUPS = 20_000
CODES = 10_000


def wanted() -> frozenset[str]:
    """The codes that are asked for."""
    dice = random.Random(1)
    return frozenset(str(10_000 + n) for n in dice.sample(range(CODES), 400))


def write(path: Path, megabytes: int) -> None:
    """A minified file in the shape of schema 1.x and 2.x alike, references first."""
    dice = random.Random(5)
    with path.open("w") as file:
        file.write('{"reporting_entity_name":"Sample","version":"2.0.0","provider_references":[')
        for number in range(GROUPS):
            npis = [1_000_000_000 + dice.randrange(10**8) for _ in range(dice.randrange(1, 6))]
            tin = {"type": "ein", "value": f"{dice.randrange(10**9):09d}"}
            group = {"provider_group_id": number, "provider_groups": [{"npi": npis, "tin": tin}]}
            file.write("," * bool(number) + json.dumps(group, separators=(",", ":")))
        file.write('],"in_network":[')
        number = 0
        while file.tell() < megabytes * 1_000_000:
            code = str(10_000 + number % CODES)
            rates = [_rates(dice) for _ in range(dice.randrange(5, 60))]
            item = {"negotiation_arrangement": "ffs", "name": f"SERVICE {code}", "billing_code_type": "CPT"}
            item |= {"billing_code_type_version": "2025", "billing_code": code, "description": "a {description}, of it"}
            text = json.dumps(item | {"negotiated_rates": rates}, separators=(",", ":"))
            file.write("," * bool(number) + text)
            number += 1
        file.write("]}")


def _rates(dice: random.Random) -> dict[str, Any]:
    price = {"negotiated_type": "negotiated", "negotiated_rate": dice.randrange(5000, 90_000) / 100}
    price |= {"expiration_date": "9999-12-31", "service_code": ["11", "22", "23"], "billing_class": "professional"}
    return {"provider_references": [dice.randrange(GROUPS) for _ in range(3)], "negotiated_prices": [price]}


def _sum(items: Iterator[dict[str, Any]]) -> Decimal:
    codes = wanted()
    total = 0.0
    for item in items:
        if item["billing_code"] in codes:
            total += sum(float(p["negotiated_rate"]) for r in item["negotiated_rates"] for p in r["negotiated_prices"])
    return Decimal(f"{total:.2f}")


def recoup(path: Path) -> Decimal:
    """Exact amounts, joined to their contracts; three references a rate, so each rate is seen under three groups."""
    found = read_in_network(path, Wanted(codes=wanted()))
    rows_of(found.observed)
    return Decimal(len(found.observed))


def ijson_items(path: Path) -> Decimal:
    with path.open("rb") as file:
        return _sum(ijson.items(file, "in_network.item", use_float=True))


def msgspec_whole(path: Path) -> Decimal:
    return _sum(iter(msgspec.json.decode(path.read_bytes())["in_network"]))


def standard_library(path: Path) -> Decimal:
    return _sum(iter(json.loads(path.read_bytes())["in_network"]))


READERS: dict[str, Callable[[Path], Decimal]] = {
    "recoup": recoup,
    "ijson": ijson_items,
    "msgspec, whole": msgspec_whole,
    "json, whole": standard_library,
}


def main() -> None:
    """Write the file, run each reader alone, print the table."""
    if len(sys.argv) == 4 and sys.argv[1] == "--one":
        started = time.process_time()
        found = READERS[sys.argv[2]](Path(sys.argv[3]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": time.process_time() - started, "found": str(found), "mib": peak}))
        return
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in-network.json"
        write(path, megabytes)
        size = path.stat().st_size / 1_000_000
        sums: set[str] = set()
        print(f"{size:,.0f} MB, CPU seconds of one process each")
        for name in READERS:
            argv = [sys.executable, "-m", "bench.tic.compare", "--one", name, str(path)]
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name:16} not measured: {done.stderr.strip().splitlines()[-1]}")
                continue
            result = json.loads(done.stdout)
            if name != "recoup":
                sums.add(result["found"])
            print(f"{name:16} {size / result['seconds']:8,.0f} MB/s   peak {result['mib']:7,.0f} MiB")
        if len(sums) > 1:
            raise SystemExit(f"the readers disagree: {sorted(sums)}")


if __name__ == "__main__":
    main()
