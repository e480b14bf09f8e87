"""The faults: which kinds there are, a plan of them from a seed, and what each does and how it is undone."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Literal

import asyncpg

from recoup_tools.stack import SIMULATOR
from shared.db.provision import SERVICES
from shared.runtime.leases import SECONDS
from tests.e2e.chaos.cluster import HOSTS, Cluster, Replica
from tests.e2e.chaos.machines import why_no_clock, why_no_disk

Kind = Literal["kill", "pause", "broker", "database", "sessions", "drop", "cut", "clock", "disk", "leave", "join"]
BAG: tuple[Kind, ...] = (
    "kill", "kill", "kill", "pause", "broker", "database", "sessions", "drop", "drop", "cut", "cut",
    "clock", "clock", "disk", "disk", "disk", "leave", "join",
)  # fmt: skip
"""How often each kind comes among so many faults. It is drawn to its end before it is filled again."""
_LONGER_THAN_LEASES = SECONDS + 5.0
_AT_ONCE = 4


@dataclass(frozen=True)
class Fault:
    """One fault: what befalls whom, and after how many seconds it is undone."""

    kind: Kind
    victim: str
    seconds: float
    detail: str = ""
    pause_before: float = 0.5

    def __str__(self) -> str:
        return f"{self.kind} {self.victim} {self.detail}".rstrip() + f" for {self.seconds:.1f} s"


def impossible(folder: Path) -> dict[Kind, str]:
    """The kinds that this machine does not let us make, and why."""
    found: dict[Kind, str] = {"disk": why_no_disk(folder), "clock": why_no_clock()}
    return {kind: why for kind, why in found.items() if why}


def plan(seed: int, count: int, without: Collection[Kind] = ()) -> list[Fault]:
    """So many faults of all kinds; the same seed gives the same plan."""
    dice = Random(f"faults {seed}")
    bag: list[Kind] = []
    seen: Counter[Kind] = Counter()
    faults: list[Fault] = []
    while len(faults) < count:
        if not bag:
            bag = [kind for kind in BAG if kind not in without]
            dice.shuffle(bag)
        kind = bag.pop()
        faults.append(_fault(kind, dice, seen[kind]))
        seen[kind] += 1
    return faults


def _fault(kind: Kind, dice: Random, before: int) -> Fault:
    replica = Replica(dice.choice(SERVICES), dice.choice(HOSTS)).name
    host, gap = dice.choice(HOSTS), dice.uniform(0.1, 0.9)
    short = dice.uniform(0.2, 2.5)

    def fault(victim: str, seconds: float, detail: str = "") -> Fault:
        return Fault(kind, victim, seconds, detail, gap)

    match kind:
        case "kill":
            return fault(SIMULATOR if dice.random() < 0.12 else replica, short)
        case "pause":
            return fault(replica, _LONGER_THAN_LEASES + dice.uniform(0.5, 3))
        case "broker" | "database":
            how = ("killed", "stopped")[before % 2]
            return fault({"broker": "kafka", "database": "postgres"}[kind], dice.uniform(0.1, 1), how)
        case "sessions":
            return fault("postgres", 0, dice.choice(("every", "even", "odd")))
        case "drop":
            return fault(host, 0, ("database", "broker", "front")[before % 3])
        case "cut":
            return fault(host, dice.choice((1.5, 4.0, _LONGER_THAN_LEASES)), ("database", "broker", "both")[before % 3])
        case "clock":
            return _clock(host, dice, before, gap)
        case "disk":
            return fault(("postgres", "kafka", *HOSTS)[before % 4], dice.uniform(1, 3))
        case "leave":
            return fault(replica, short)
        case "join":
            return fault(dice.choice(SERVICES), dice.uniform(3, 6))


def _clock(host: str, dice: Random, before: int, gap: float) -> Fault:
    """A host's clock may be wrong by days, to either side; the database's, which all follow, by seconds."""
    if before % 3 == 2:
        return Fault("clock", "postgres", dice.uniform(2, 5), f"{dice.randint(12, 45):+d}", gap)
    off = dice.choice((-20, -3, 3, 20)) * 86_400 + dice.randint(-7200, 7200)
    return Fault("clock", host, dice.uniform(2, 5), f"{off:+d}", gap)


@dataclass
class Chaos:
    """Does what a plan says to a cluster, until it is at its end or the run is over; all is undone in the end."""

    cluster: Cluster
    faults: list[Fault]
    log: Path
    done: list[Fault] = field(default_factory=list)
    _locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _began: float = field(default_factory=time.monotonic)

    @property
    def by_kind(self) -> Counter[str]:
        """How many of each kind were done."""
        return Counter(fault.kind for fault in self.done)

    async def run(self, over: asyncio.Event) -> None:
        """One fault after the other, up to some at a time."""
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(fault: Fault) -> None:
            try:
                await self._do(fault)
            finally:
                room.release()

        async with asyncio.TaskGroup() as tasks:
            for fault in self.faults:
                await asyncio.sleep(fault.pause_before)
                await room.acquire()
                if over.is_set():
                    break
                tasks.create_task(one(fault))

    async def _do(self, fault: Fault) -> None:
        async with self._locks[fault.victim]:
            self._note(f"{fault}")
            self.done.append(fault)
            await _DOES[fault.kind](self.cluster, fault)
        self._note(f"undone: {fault}")

    def _note(self, text: str) -> None:
        with self.log.open("a") as log:
            log.write(f"{time.monotonic() - self._began:8.2f} {text}\n")


async def _kill(cluster: Cluster, fault: Fault) -> None:
    await asyncio.to_thread(cluster.kill, fault.victim)
    await asyncio.sleep(fault.seconds)
    await cluster.restart(fault.victim)


async def _pause(cluster: Cluster, fault: Fault) -> None:
    cluster.signal(fault.victim, signal.SIGSTOP)
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        cluster.signal(fault.victim, signal.SIGCONT)


async def _server(cluster: Cluster, fault: Fault) -> None:
    if fault.detail == "killed":
        await asyncio.to_thread(cluster.kill, fault.victim)
    else:
        how = signal.SIGTERM if fault.victim == "kafka" else signal.SIGINT
        await asyncio.to_thread(lambda: cluster.process(fault.victim).stop(how=how))
    await asyncio.sleep(fault.seconds)
    await cluster.restart(fault.victim)


async def _sessions(cluster: Cluster, fault: Fault) -> None:
    which = {"every": "true", "even": "pid % 2 = 0", "odd": "pid % 2 = 1"}[fault.detail]
    connection = await asyncpg.connect(cluster.admin_dsn)
    try:
        await connection.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE starts_with(usename, 'recoup_') AND {which}"
        )
    finally:
        await connection.close()


async def _drop(cluster: Cluster, fault: Fault) -> None:
    match fault.detail:
        case "database":
            cluster.to_database[fault.victim].drop()
        case "broker":
            cluster.to_broker[fault.victim].drop()
        case _:
            for front in cluster.fronts.values():
                front.drop()


async def _cut(cluster: Cluster, fault: Fault) -> None:
    wires = {
        "database": (cluster.to_database[fault.victim],),
        "broker": (cluster.to_broker[fault.victim],),
        "both": (cluster.to_database[fault.victim], cluster.to_broker[fault.victim]),
    }[fault.detail]
    for wire in wires:
        wire.cut()
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        for wire in wires:
            wire.mend()


async def _clock_moved(cluster: Cluster, fault: Fault) -> None:
    clock = cluster.clocks[fault.victim]
    clock.move(timedelta(seconds=int(fault.detail)))
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        clock.move(timedelta())


async def _disk(cluster: Cluster, fault: Fault) -> None:
    disk = cluster.disks[fault.victim]
    await asyncio.to_thread(disk.fill)
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        await asyncio.to_thread(disk.empty)
    if fault.victim in ("postgres", "kafka"):
        for _ in range(10):  # a server may end over it, the broker also seconds after there is room again
            await asyncio.sleep(0.5)
            await cluster.restart(fault.victim)


async def _leave(cluster: Cluster, fault: Fault) -> None:
    service, _, host = fault.victim.partition("-")
    await asyncio.to_thread(cluster.leave, Replica(service, host))
    await asyncio.sleep(fault.seconds)
    await cluster.restart(fault.victim)


async def _join(cluster: Cluster, fault: Fault) -> None:
    replica = cluster.join(fault.victim)
    await asyncio.sleep(fault.seconds)
    await asyncio.to_thread(cluster.leave, replica)


_DOES: dict[Kind, Callable[[Cluster, Fault], Awaitable[None]]] = {
    "kill": _kill, "pause": _pause, "broker": _server, "database": _server, "sessions": _sessions, "drop": _drop,
    "cut": _cut, "clock": _clock_moved, "disk": _disk, "leave": _leave, "join": _join,
}  # fmt: skip
