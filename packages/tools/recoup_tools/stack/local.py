"""The whole system on one machine: database, broker and every service, each a process of its own.

State lives in one directory and survives `down` and `up`. `DATABASE_URL` and `KAFKA_BOOTSTRAP_SERVERS` put servers of
one's own in place of the embedded ones.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import asyncpg
import httpx
import msgspec

from recoup.local import DEFAULT_DIR, LocalStack, StackError
from recoup_tools.stack.given import given_to, in_one_line, keys_with
from recoup_tools.stack.kafka import Kafka, is_installed, java_problem, wait_broker
from recoup_tools.stack.postgres import Postgres
from recoup_tools.stack.processes import Process, port_for
from recoup_tools.stack.tansu import NOTICE, Tansu
from shared.db.migrate import upgrade
from shared.db.provision import SERVICES, dsn_of, provision
from shared.runtime.topics import ensure_topics_soon

SIMULATOR = "payer-simulator"
_GIVEN_BROKER_SECONDS = 10.0
_TOPIC_SECONDS = 10.0
_PARTS = (SIMULATOR, *SERVICES, "tansu", "kafka", "postgres")
"""In the order in which they are stopped."""
_PREFERRED = {"gateway": 8080, "intake": 8081, "benchmark": 8082, "appeals": 8083, "settlement": 8084}


class Stack(LocalStack):
    """The local stack in one state directory.

    In a `rehearsal` the calendar is virtual and nobody is waited for: the stack plays the person who attests filings,
    and nothing real is filed. A state directory that held one rehearsal never holds anything else.
    """

    def __init__(
        self, state_dir: Path = DEFAULT_DIR, *, say: Callable[[str], None] = lambda _: None, rehearsal: bool = False
    ) -> None:
        super().__init__(state_dir)
        self._say = say
        self.clock_file = self.dir / "clock"
        self._rehearsal = rehearsal
        self._just_chosen: set[str] = set()

    @property
    def broker(self) -> str:
        """kafka, tansu or external."""
        return self._state.broker

    @property
    def rehearsal(self) -> bool:
        """True if the person who attests filings is played here."""
        return self._rehearsal or self._state.rehearsal

    def process(self, name: str) -> Process:
        """A process of the stack: a service, `postgres`, `kafka`, `tansu` or the payer simulator."""
        return Process(self.dir, name)

    # --- life ----------------------------------------------------------------------------------------------

    async def up(self, *, services: tuple[str, ...] = SERVICES, partitions: int = 8, simulator: bool = False) -> None:
        """Start everything that does not run yet and wait until it is ready; a failure leaves nothing half started."""
        try:
            self.dir.mkdir(parents=True, exist_ok=True)
            with self._only_one():
                ran = self._running()
                try:
                    await self._up(services, partitions, simulator)
                except BaseException:
                    self._stop(self._running() - ran)
                    raise
        except Exception as error:
            raise in_one_line(error, self.dir) from None

    async def _up(self, services: tuple[str, ...], partitions: int, simulator: bool) -> None:
        self._state = self._read() or self._state  # another command may have made it since
        for service in services:  # before anything is started
            if not self.process(service).running:
                if not self._state.ports.get(service):
                    self._just_chosen.add(service)
                self._state.ports[service] = _service_port(service, self._state.ports.get(service))
        self._write()
        await self.up_servers()
        self._say("making topics and tables")
        await self.prepare(partitions)
        await self.migrate(services)
        for service in services:
            self._say(self._other_settings(service, partitions) or f"starting {service}")
            self.start_service(service, partitions)
        if simulator:
            self.start_simulator()
        await asyncio.gather(*(self._ready(service) for service in services))

    async def up_servers(self) -> None:
        """Start database and broker side by side, or see that those given by the environment answer.

        What can be known beforehand is looked at first, so that a failure leaves nothing half started.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._state = self._read() or self._state  # another command may have made it since
        database, brokers = os.environ.get("DATABASE_URL"), os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
        if database:
            await _check_database(database)
        if brokers:
            await wait_broker(brokers, None, _GIVEN_BROKER_SECONDS)
        self._state.broker = "external" if brokers else await self._which_broker()
        for name, server, given in (("postgres", self._postgres(), database), ("broker", self._broker(), brokers)):
            if not given and not server.process.running:
                self._state.ports[name] = port_for(name, self._state.ports.get(name))
        self._state.admin_token = os.environ.get("RECOUP_ADMIN_TOKEN") or self._state.admin_token
        self._write()
        # both to their end, so that neither is started after the other's failure was told
        for failure in await asyncio.gather(self._up_database(), self._up_broker(), return_exceptions=True):
            if failure is not None:
                raise failure

    async def prepare(self, partitions: int) -> None:
        """Roles, schemas and topics."""
        await provision(self.admin_dsn, self._state.passwords)
        # a broker that has just begun may not know of itself yet
        await ensure_topics_soon(self.bootstrap, partitions=partitions, replication_factor=1, within=_TOPIC_SECONDS)

    async def migrate(self, services: tuple[str, ...] = SERVICES) -> None:
        """Bring the services' tables up to date here, once, so that none of them has to load what does it."""
        for service in services:
            await upgrade(dsn_of(self.admin_dsn, service, self._state.passwords[service]), service)

    def down(self) -> None:
        """Stop everything; what it stored stays."""
        self._stop(set(_PARTS))

    def _running(self) -> set[str]:
        return {name for name in _PARTS if self.process(name).running}

    def _stop(self, names: set[str]) -> None:
        for name in _PARTS:
            if name in names and name != "postgres":
                self.process(name).stop()
        if "postgres" in names:
            self._postgres().stop()

    def status(self) -> list[tuple[str, bool, str]]:
        """(name, running, address) of every part."""
        parts = [
            ("postgres", f"127.0.0.1:{self._state.ports.get('postgres', 0)}"),
            (self.broker or "kafka", self.bootstrap),
        ]
        parts += [(service, f"http://127.0.0.1:{self._state.ports.get(service, 0)}") for service in SERVICES]
        parts.append((SIMULATOR, ""))
        return [(name, self.process(name).running, address) for name, address in parts]

    # --- parts ---------------------------------------------------------------------------------------------

    def start_service(self, service: str, partitions: int = 8) -> None:
        """Start one service if it does not run."""
        process = self.process(service)
        if process.running:
            return
        self._state.ports[service] = self._port_at_start(service)
        self._write()
        process.start([sys.executable, "-m", f"services.{service}.main"], self.environment(service, partitions))

    def _other_settings(self, service: str, partitions: int) -> str:
        """What to say of a service that runs already; empty where it does not. Names settings, never values."""
        runs = self.process(service).environment()
        if runs is None:
            return ""
        now = self.environment(service, partitions)
        names = sorted(name for name in {*runs, *now} if name.startswith("RECOUP_") and runs.get(name) != now.get(name))
        changed = [name for name in names if name != "RECOUP_PARTITIONS"]  # of topics: those that are there stay
        if not changed:
            return f"{service} runs already"
        again = f"`recoup down --service {service}`, then `recoup up`"
        return f"{service} runs already, without the present {', '.join(changed)}: {again} gives it what is set now"

    def _port_at_start(self, service: str) -> int:
        """The service's port; another one where nobody knows it yet and another stack took it while servers started."""
        try:
            return _service_port(service, self._state.ports.get(service))
        except StackError:
            if service not in self._just_chosen or os.environ.get(f"RECOUP_PORT_{service.upper()}"):
                raise
            return port_for(service, None)

    def environment(self, service: str, partitions: int = 8) -> dict[str, str]:
        """The environment a service runs with: its own role's DSN, and nothing of the others'."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("RECOUP_", "DATABASE_"))}
        rehearsal = {"RECOUP_CLOCK_FILE": str(self.clock_file), "RECOUP_APPEALS_ATTEST": "[]"} if self.rehearsal else {}
        return env | {
            "RECOUP_INTAKE_CODES_DIR": str(self.dir / "codes"),
            "RECOUP_GATEWAY_OPERATOR_KEY": self._state.admin_token,
            **given_to(service),
            **rehearsal,
            **({"RECOUP_KAFKA_IDEMPOTENCE": "false"} if self.broker == "tansu" else {}),
            "DATABASE_URL": self.database_url(service),
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "RECOUP_PORT": str(self._state.ports[service]),
            "RECOUP_PARTITIONS": str(partitions),
            "RECOUP_ADMIN_TOKEN": self._state.admin_token,
            "RECOUP_PHI_KEYS": keys_with(self._state.phi_keys),
            **self._desk(service),
        }

    def _desk(self, service: str) -> dict[str, str]:
        """What lets people act at the desk: the gateway knows the services, and is of their staff."""
        token = sha256(f"desk {self._state.admin_token}".encode()).hexdigest()
        if service == "gateway":
            for name in SERVICES:
                self._state.ports.setdefault(name, 0)
                self._state.ports[name] = self._state.ports[name] or _service_port(name, None)
            self._write()
            urls = ",".join(f"{name}={self.url(name)}" for name in SERVICES)
            return {"RECOUP_GATEWAY_SERVICES": urls, "RECOUP_GATEWAY_DESK_TOKEN": token}
        entries = {f"RECOUP_{service.upper()}_STAFF": f"gateway:desk:{token}"}
        if service == "intake":
            entries["RECOUP_INTAKE_SENDERS"] = f"gateway:{token}"
        return {name: ",".join(filter(None, (os.environ.get(name), entry))) for name, entry in entries.items()}

    def start_simulator(self, *, seed: int = 1) -> None:
        """Start the payer simulator if it does not run."""
        process = self.process(SIMULATOR)
        if not process.running:
            env = dict(os.environ) | {
                "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
                **({"RECOUP_CLOCK_FILE": str(self.clock_file)} if self.rehearsal else {}),
                "RECOUP_KAFKA_IDEMPOTENCE": "false" if self.broker == "tansu" else "true",
                "RECOUP_SIMULATOR_SEED": str(seed),
                "RECOUP_SIMULATOR_IMMEDIATE": "true",
            }
            process.start([sys.executable, "-m", "recoup_tools.demo.payer_service"], env)

    async def _ready(self, service: str) -> None:
        await self.wait_service(service)
        self._say(f"{service} is ready")

    async def wait_service(self, service: str, seconds: float = 90) -> None:
        """Wait until a service says it is ready."""
        process = self.process(service)
        deadline = time.monotonic() + seconds
        async with httpx.AsyncClient(timeout=5) as client:
            while True:
                if not process.running:
                    raise process.died()
                try:
                    if (await client.get(f"{self.url(service)}/healthz/ready")).is_success:
                        return
                except httpx.HTTPError:
                    pass
                if time.monotonic() > deadline:
                    raise StackError(f"{service} does not become ready", f"log: {process.log}")
                await asyncio.sleep(0.1)

    async def start_database(self) -> None:
        """Start the embedded database again after a stop or a crash."""
        postgres = self._postgres()
        postgres.start()
        await postgres.wait_ready()

    async def start_broker(self) -> None:
        """Start the embedded broker again after a stop or a crash."""
        broker = self._broker()
        broker.start()
        await broker.wait_ready()

    # --- inside --------------------------------------------------------------------------------------------

    async def _up_database(self) -> None:
        if not os.environ.get("DATABASE_URL") and not self._postgres().process.running:
            self._say("starting PostgreSQL")
            await self.start_database()

    async def _up_broker(self) -> None:
        broker = self._broker()
        if self._state.broker == "external" or broker.process.running:
            return
        first = "; the first time Maven fetches it" if isinstance(broker, Kafka) and not is_installed() else ""
        self._say(f"starting {self._state.broker}{first}")
        await asyncio.to_thread(broker.start)
        await broker.wait_ready()

    async def _which_broker(self) -> str:
        """The one that runs already; else Kafka, and where it cannot run, or is not wanted, Tansu."""
        for kind in ("kafka", "tansu"):
            if self.process(kind).running:
                return kind
        wants = os.environ.get("RECOUP_BROKER", "kafka")
        reason = "RECOUP_BROKER=tansu is set" if wants == "tansu" else await asyncio.to_thread(java_problem)
        if reason is None:
            return "kafka"
        self._say(NOTICE.format(reason=reason[0].upper() + reason[1:]))
        return "tansu"

    def _postgres(self) -> Postgres:
        return Postgres(self.dir, self._state.ports.get("postgres", 0), self._state.admin_password)

    def _broker(self) -> Kafka | Tansu:
        port = self._state.ports.get("broker", 0)
        return Tansu(self.dir, port) if self._state.broker == "tansu" else Kafka(self.dir, port)

    def _write(self) -> None:
        self._state.rehearsal = self.rehearsal
        scratch = self._file.with_suffix(".new")
        scratch.touch(mode=0o600)
        scratch.write_bytes(msgspec.json.encode(self._state))
        scratch.replace(self._file)

    @contextmanager
    def _only_one(self) -> Generator[None]:
        with (self.dir / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackError("another command is starting this stack", "wait for it, then try again") from None
            yield


def _service_port(service: str, remembered: int | None) -> int:
    """The port that is set or remembered; at the first start the service's usual one where it is free, else any."""
    if remembered or os.environ.get(f"RECOUP_PORT_{service.upper()}"):
        return port_for(service, remembered)
    try:
        return port_for(service, _PREFERRED[service])
    except StackError:
        return port_for(service, None)


async def _check_database(dsn: str) -> None:
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError, ValueError) as error:
        raise StackError(
            f"the database in DATABASE_URL does not answer: {type(error).__name__}", "check host, port and password"
        ) from None
    await connection.close()
