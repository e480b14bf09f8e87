"""Which events of each source a claim's state has taken in, for ever: their sequence numbers, as runs.

As text it reads `appeals:1-3,5 intake:1-4`. Numbers come in order, so a service that hears all of a source's events
has one run, and others one for each stretch that they hear.

A row of a release that kept no numbers begins with `*`. What came to it before is not known, but comes before what
comes now; so the first number that is taken in of a source stands for all below it, too.
"""

from __future__ import annotations

from bisect import bisect_right

EARLIER = "*"
Run = tuple[int, int]


class Taken:
    """The numbers taken in of each source."""

    __slots__ = ("_earlier", "_runs")

    def __init__(self, text: str = "") -> None:
        self._earlier = False
        self._runs: dict[str, list[Run]] = {}
        for part in text.split():
            if part == EARLIER:
                self._earlier = True
            else:
                source, _, runs = part.rpartition(":")
                self._runs[source] = [_run(run) for run in runs.split(",")]

    def __str__(self) -> str:
        parts = [f"{source}:{','.join(map(_text, runs))}" for source, runs in sorted(self._runs.items())]
        return " ".join([EARLIER, *parts] if self._earlier else parts)

    def has(self, source: str, number: int) -> bool:
        """Return True if this number of the source was taken in."""
        runs = self._runs.get(source)
        if not runs:
            return False
        first, last = runs[-1]
        if number >= first:
            return number <= last
        at = bisect_right(runs, (number, number)) - 1
        # A run that begins at the same number is behind it in order, where it is longer.
        return (at >= 0 and runs[at][1] >= number) or (at + 1 < len(runs) and runs[at + 1][0] == number)

    def add(self, source: str, number: int) -> None:
        """Take a number in."""
        if self.has(source, number):
            return
        runs = self._runs.setdefault(source, [])
        if not runs:
            runs.append((1 if self._earlier else number, number))
            return
        at = bisect_right(runs, (number, number))
        first = last = number
        if at < len(runs) and runs[at][0] == number + 1:
            last = runs.pop(at)[1]
        if at and runs[at - 1][1] == number - 1:
            at -= 1
            first = runs.pop(at)[0]
        runs.insert(at, (first, last))

    def missing(self, source: str) -> int:
        """How many numbers below the highest were not taken in."""
        runs = self._runs.get(source, [])
        return runs[-1][1] - sum(last - first + 1 for first, last in runs) if runs else 0


def _run(text: str) -> Run:
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def _text(run: Run) -> str:
    return str(run[0]) if run[0] == run[1] else f"{run[0]}-{run[1]}"
