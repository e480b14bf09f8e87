"""The stack on two hosts: each has a replica of every service, a clock, a disk, and wires to database and broker."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch
from urllib.parse import urlsplit, urlunsplit

import httpx

from recoup_tools.stack import SIMULATOR, Stack, StackError
from recoup_tools.stack.kafka import Kafka
from recoup_tools.stack.postgres import Postgres
from recoup_tools.stack.processes import Process, free_port
from shared.db.provision import SERVICES
from tests.e2e.chaos.machines import Disk, MovedClock, forget_clock_of
from tests.wire import Wire

HOSTS = ("a", "b")
SPARE = "c"
"""A host that joins for a while, on host a's wires and by its clock."""
_LOCAL = "127.0.0.1"


class Replica(NamedTuple):
    """One service on one host."""

    service: str
    host: str

    @property
    def name(self) -> str:
        return f"{self.service}-{self.host}"


class _Environed(Process):
    """A process with some variables more than it is started with."""

    def __init__(self, state_dir: Path, name: str, more: Mapping[str, str]) -> None:
        super().__init__(state_dir, name)
        self._more = more

    def start(self, argv: Sequence[str], env: Mapping[str, str] | None = None, user: str | None = None) -> None:
        super().start(argv, {**(os.environ if env is None else env), **self._more}, user)


class _WiredKafka(Kafka):
    """A broker that tells each host to come by its own wire."""

    def __init__(self, state_dir: Path, port: int, doors: Mapping[str, tuple[int, int]]) -> None:
        super().__init__(state_dir, port)
        self._doors = doors

    def _configuration(self) -> str:
        base = super()._configuration()
        said = dict(line.split("=", 1) for line in base.splitlines() if "=" in line)
        add = {"listeners": "", "advertised.listeners": "", "listener.security.protocol.map": ""}
        for host, (door, wire) in self._doors.items():
            name = f"HOST{host.upper()}"
            add["listeners"] += f",{name}://{_LOCAL}:{door}"
            add["advertised.listeners"] += f",{name}://{_LOCAL}:{wire}"
            add["listener.security.protocol.map"] += f",{name}:PLAINTEXT"
        # of two lines with one name the last counts
        return base + "".join(f"{name}={said[name]}{more}\n" for name, more in add.items())


class Cluster(Stack):
    """A rehearsal on two hosts.

    What a host of another release runs is a source tree, given in `trees`; a service named in `only_on` is called on
    that host alone, by whoever comes through its front, also by connections that are made once and kept.
    """

    def __init__(
        self, state_dir: Path, *, trees: Mapping[str, Path] | None = None, only_on: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(state_dir, rehearsal=True)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.trees = dict(trees or {})
        self._only_on = dict(only_on or {})
        self.replicas = [Replica(service, host) for host in HOSTS for service in SERVICES]
        self.fronts = {service: Wire([]) for service in SERVICES}
        self.to_database = {host: Wire([]) for host in HOSTS}
        self.to_broker = {host: Wire([(_LOCAL, free_port())]) for host in HOSTS}
        self.clocks = {host: MovedClock(self.dir / f"clock-{host}") for host in (*HOSTS, "postgres")}
        self.disks = {
            "postgres": Disk(self.dir / "postgres", megabytes=4096),
            "kafka": Disk(self.dir / "kafka", megabytes=4096),
            **{host: Disk(self.dir / f"tmp-{host}", megabytes=64) for host in HOSTS},
        }
        self.ports = {Replica(service, host): free_port() for host in (*HOSTS, SPARE) for service in SERVICES}

    async def up(self, *, services: tuple[str, ...] = SERVICES, partitions: int = 8, simulator: bool = False) -> None:
        """Lay the wires, start the servers, and a replica of each service on each host."""
        self.mount()
        for service, front in self.fronts.items():
            await front.lay()
            hosts = (self._only_on[service],) if service in self._only_on else HOSTS
            front.servers = [(_LOCAL, self.ports[Replica(service, host)]) for host in hosts]
            self._state.ports[service] = front.port
        for wire in (*self.to_database.values(), *self.to_broker.values()):
            await wire.lay()
        self._write()
        await self.up_servers()
        for wire in self.to_database.values():
            wire.servers = [(_LOCAL, self._state.ports["postgres"])]
        await self.prepare(partitions)
        await self.migrate(services)
        for replica in self.replicas:
            self.start(replica)
        if simulator:
            self.start_simulator()
        await asyncio.gather(*(self.ready(replica) for replica in self.replicas))

    def down(self) -> None:
        """Kill everything; the disks go with what is on them."""
        for wire in (*self.fronts.values(), *self.to_database.values(), *self.to_broker.values()):
            wire.take_up()
        for name in (*(replica.name for replica in self.ports), SIMULATOR, "kafka", "postgres"):
            self.kill(name)
        for disk in self.disks.values():
            disk.unmount()

    def mount(self) -> None:
        """Give servers and hosts disks of their own, where that is allowed."""
        for disk in self.disks.values():
            with suppress(OSError):  # then the folder is on a disk with all others
                disk.mount()

    # --- replicas ------------------------------------------------------------------------------------------

    def start(self, replica: Replica) -> None:
        """Start a replica if it does not run."""
        process = self.process(replica.name)
        if process.running:
            return
        argv = [sys.executable, "-P", "-m", f"services.{replica.service}.main"]
        process.start(argv, self.environment_of(replica))

    def environment_of(self, replica: Replica) -> dict[str, str]:
        """A service's environment, on this host: its port, wires, clock, disk, and release."""
        host = HOSTS[0] if replica.host == SPARE else replica.host
        parts = urlsplit(self.database_url(replica.service))
        login = parts.netloc.rpartition("@")[0]
        return {
            **self.environment(replica.service),
            **self.clocks[host].environment,
            **self._release_of(replica.host),
            "RECOUP_PORT": str(self.ports[replica]),
            "DATABASE_URL": urlunsplit(parts._replace(netloc=f"{login}@{_LOCAL}:{self.to_database[host].port}")),
            "KAFKA_BOOTSTRAP_SERVERS": f"{_LOCAL}:{self.to_broker[host].port}",
            "TMPDIR": str(self.disks[host].folder),
        }

    def start_simulator(self, *, seed: int = 1) -> None:
        """Start the payer simulator, of the release that is given for it."""
        with patch.dict(os.environ, self._release_of(SIMULATOR)):
            super().start_simulator(seed=seed)

    def _release_of(self, whose: str) -> dict[str, str]:
        tree = self.trees.get(whose)
        return {} if tree is None else {"PYTHONPATH": os.pathsep.join((str(tree), str(tree / "packages/x12/src")))}

    def join(self, service: str) -> Replica:
        """A third replica of a service begins to take its part."""
        replica = Replica(service, SPARE)
        self.fronts[service].servers.append((_LOCAL, self.ports[replica]))
        self.start(replica)
        return replica

    def leave(self, replica: Replica) -> None:
        """A replica is told to end, and does."""
        if replica.host == SPARE:
            self.fronts[replica.service].servers.remove((_LOCAL, self.ports[replica]))
        self.process(replica.name).stop()

    async def ready(self, replica: Replica, seconds: float = 120) -> None:
        """Wait until a replica says that it is ready."""
        process = self.process(replica.name)
        url = f"http://{_LOCAL}:{self.ports[replica]}/healthz/ready"
        async with httpx.AsyncClient(timeout=5) as client, asyncio.timeout(seconds):
            while True:
                if not process.running:
                    raise process.died()
                try:
                    if (await client.get(url)).is_success:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.2)

    # --- what faults do ------------------------------------------------------------------------------------

    def kill(self, name: str) -> None:
        """kill -9 a process of the cluster."""
        process = self.process(name)
        found = process.find()
        process.kill()
        if found is not None:
            forget_clock_of(found.pid)

    def signal(self, name: str, how: signal.Signals) -> None:
        """Send a signal to a process of the cluster, if it runs."""
        found = self.process(name).find()
        if found is not None:
            found.send_signal(how)

    async def restart(self, name: str) -> None:
        """Start again whatever does not run."""
        if name == "kafka":
            if not self.process(name).running:
                await self.start_broker()
        elif name == "postgres":
            await self.start_database_again()
        elif name == SIMULATOR:
            self.start_simulator()
        else:
            service, _, host = name.partition("-")
            self.start(Replica(service, host))

    async def start_database_again(self) -> None:
        """Start the database where it does not run; it may find that its disk is full, or end in the middle of this."""
        for _ in range(5):
            if not self.process("postgres").running:
                self._postgres().start()
            try:
                return await self._postgres().wait_ready()
            except StackError:
                await asyncio.sleep(0.5)
        raise self.process("postgres").died()

    def _postgres(self) -> Postgres:
        server = super()._postgres()
        server.process = _Environed(self.dir, "postgres", self.clocks["postgres"].environment)
        return server

    def _broker(self) -> Kafka:
        doors = {host: (wire.servers[0][1], wire.port) for host, wire in self.to_broker.items()}
        return _WiredKafka(self.dir, self._state.ports.get("broker", 0), doors)
