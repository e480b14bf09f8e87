"""Peak memory over one interchange of many claims, generated as it is read: `python -m bench.parse.memory 200000`."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator

from bench.parse.generate import claims, envelope
from recoup_x12 import ClaimRead, TransactionEnd, read


def chunks(count: int) -> Iterator[bytes]:
    rows: list[str] = []
    for row in envelope("837", "005010X222A1", claims(count)):
        rows.append(row)
        if len(rows) == 2_000:
            yield ("~\n".join(rows) + "~\n").encode()
            rows.clear()
    yield ("~\n".join(rows) + "~\n").encode()


def main(count: int) -> None:
    started = time.perf_counter()
    seen = 0
    for item in read(chunks(count)):
        seen += isinstance(item, ClaimRead) and item.accepted
        if isinstance(item, TransactionEnd):
            print(f"verdict {item.verdict}, {item.claims} claims, {item.segments} segments")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seen} accepted in {time.perf_counter() - started:.0f} s (generating included), peak {peak:.0f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
