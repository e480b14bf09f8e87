"""What long runs under faults came to, added up over all of them: one line a run in a file that only grows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

LEDGER = Path(os.environ.get("RECOUP_SOAK_LEDGER") or Path(__file__).parents[3] / "build" / "soak.ndjson")
FAULTS, CLAIMS = 1_000, 20_000
"""What the long form is to come to."""
_FIRST_SEED = 1_000


class Round(msgspec.Struct, frozen=True):
    """One run under faults, held against a calm run of the same input."""

    seed: int
    release: str
    claims: int
    faults: dict[str, int]
    seconds: int
    differences: list[str]


class Ledger:
    """The rounds in a file, by whatever commands they were made."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def rounds(self) -> list[Round]:
        """All rounds so far; a line that was not written to its end is none."""
        found: list[Round] = []
        for line in self._file.read_bytes().splitlines() if self._file.exists() else ():
            try:
                found.append(msgspec.json.decode(line, type=Round))
            except msgspec.DecodeError:
                continue
        return found

    def add(self, one: Round) -> None:
        """Write a round down."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as ledger:
            ledger.write(b"\n" + msgspec.json.encode(one) + b"\n")  # whatever stands there was another's

    def next_seed(self) -> int:
        """The seed of the next round: each has one of its own."""
        return max((one.seed + 1 for one in self.rounds()), default=_FIRST_SEED)


def told(rounds: Sequence[Round]) -> str:
    """The sums in a line."""
    faults = sum((Counter(one.faults) for one in rounds), Counter[str]())
    kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(faults.items()))
    different = [one.seed for one in rounds if one.differences]
    return (
        f"{len(rounds)} rounds: {faults.total():,} faults of {FAULTS:,} ({kinds}), "
        f"{sum(one.claims for one in rounds):,} claims of {CLAIMS:,}, different: {different or 'none'}"
    )


def complete(rounds: Sequence[Round]) -> bool:
    """Return True if there are as many faults and claims as the long form is to have."""
    faults = sum(sum(one.faults.values()) for one in rounds)
    return faults >= FAULTS and sum(one.claims for one in rounds) >= CLAIMS
