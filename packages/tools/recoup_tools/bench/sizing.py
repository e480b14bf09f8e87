"""How many replicas, partitions, connections and bytes so many claims a day take, by the measured costs of one.

Reckoned from costs of processor time, and then checked by a simulation of the queue that a service is: claims come in
files, more at some hours than at others; each goes to the partition that its id gives, and a partition to one replica.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from math import ceil
from random import Random

import msgspec

SECONDS_A_DAY = 86_400
BUSIEST = 4.0
"""The busiest hour's rate against the day's mean: senders work by day, and most before noon."""
CALM = 0.5
"""The share of a core that a replica is busy in the busiest hour: the rest takes up files and a lost replica."""
FILE = 5_000
"""Claims that arrive at one stroke."""


class Costs(msgspec.Struct, frozen=True):
    """Of one claim: milliseconds of processor by part, bytes of WAL, stored, and on the log; connections a replica."""

    milliseconds: dict[str, float]
    wal: float
    stored: float
    log: float
    pool: int = 8


MEASURED = Costs(
    # one run of 4,000 claims on two cores, CPython 3.11.7 built without PGO (warm; docs/performance.md)
    {"intake": 1.25, "benchmark": 0.60, "appeals": 0.88, "settlement": 0.96, "gateway": 0.94},
    wal=88_000,
    stored=44_000,
    log=9_400,
)
DATABASE_MS, BROKER_MS = 2.3, 1.2
"""Milliseconds of the database's and the broker's processor of one claim, in the same run."""


class Size(msgspec.Struct, frozen=True):
    """What a rate takes; bytes a second are the busiest hour's, connections all replicas' to the database."""

    claims_a_day: int
    replicas: dict[str, int]
    partitions: int
    connections: int
    database_cores: float
    wal_a_second: float
    stored_a_year: float
    log_a_year: float


def size(claims_a_day: int, costs: Costs = MEASURED) -> Size:
    """The replicas of each service (two at least), and what else follows."""
    busiest = claims_a_day / SECONDS_A_DAY * BUSIEST
    replicas = {name: max(2, ceil(busiest * ms / 1000 / CALM)) for name, ms in costs.milliseconds.items()}
    most = max(replicas.values())
    partitions = max(8, 1 << (4 * most - 1).bit_length())
    return Size(
        claims_a_day,
        replicas,
        partitions,
        sum(replicas.values()) * costs.pool,
        busiest * DATABASE_MS / 1000,
        busiest * costs.wal,
        claims_a_day * 365 * costs.stored,
        claims_a_day * 365 * costs.log,
    )


def waits(
    claims_a_second: float, milliseconds: float, replicas: int, partitions: int, *, seconds: int, seed: int = 1
) -> list[float]:
    """Seconds that each claim waits for a service until it is handled, itself included; simulated for some seconds.

    Files of `FILE` claims come at random instants, and the rest one by one. A replica has every so many-th partition.
    """
    dice = Random(seed)
    free = [0.0] * replicas
    work = milliseconds / 1000
    found: list[float] = []
    for at in _arrivals(claims_a_second, seconds, dice):
        replica = dice.randrange(partitions) % replicas
        free[replica] = max(free[replica], at) + work * dice.expovariate(1.0)
        found.append(free[replica] - at)
    return found


def _arrivals(claims_a_second: float, seconds: int, dice: Random) -> Iterator[float]:
    """Instants of arrival in order: half of the claims in files, half one by one."""
    files = ((at, FILE) for at in _instants(claims_a_second / 2 / FILE, seconds, dice))
    alone = ((at, 1) for at in _instants(claims_a_second / 2, seconds, dice))
    for at, count in heapq.merge(files, alone):
        for _ in range(count):
            yield at


def _instants(rate: float, seconds: int, dice: Random) -> list[float]:
    found: list[float] = []
    at = dice.expovariate(rate)
    while at < seconds:
        found.append(at)
        at += dice.expovariate(rate)
    return found


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0
