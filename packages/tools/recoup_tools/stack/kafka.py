"""Apache Kafka in KRaft mode, one node, from Maven's repository on the local JVM."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from importlib import resources
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from recoup.local import StackError
from recoup_tools.stack.processes import Process, cause_in, free_port
from shared.kafka import client_options
from shared.settings import MAX_MESSAGE_BYTES

_POM = resources.files("recoup_tools.stack").joinpath("pom.xml")
_NEEDS_JAVA = 17
_CONFIG = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
message.max.bytes={largest}
num.network.threads=2
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.io.threads=4
"""


def java_problem() -> str | None:
    """Why Kafka cannot run here, or None: no JDK, one too old, or no Maven to bring the broker."""
    java = shutil.which("java")
    if java is None:
        return "no Java is installed"
    version = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', version)
    if found is None or int(found.group(1)) < _NEEDS_JAVA:
        return f"Java {found.group(1) if found else '?'} is installed, Kafka needs {_NEEDS_JAVA} or later"
    if shutil.which("mvn") is None and not is_installed():
        return "no Maven is installed to bring the broker"
    return None


def _version() -> str:
    found = re.search(r"kafka_2\.13</artifactId>\s*<version>([^<]+)", _POM.read_text())
    assert found is not None
    return found.group(1)


def _libraries() -> Path:
    cache = os.environ.get("RECOUP_CACHE_DIR") or Path.home() / ".cache" / "recoup"
    return Path(cache) / f"kafka-{_version()}"


def is_installed() -> bool:
    """Return True if the broker's jars are at hand."""
    return _libraries().exists()


def install() -> Path:
    """The folder with the broker's jars; Maven brings them once."""
    target = _libraries()
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        pom = Path(scratch) / "pom.xml"
        pom.write_text(_POM.read_text())
        jars = Path(scratch) / "jars"
        argv = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
        done = subprocess.run(argv, capture_output=True, text=True)
        if done.returncode or not any(jars.glob("kafka_*.jar")):
            lines = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line]
            raise StackError(
                f"Maven could not bring Kafka: {(lines or ['no message'])[0][:200]}",
                "check the network, set KAFKA_BOOTSTRAP_SERVERS to a broker, or RECOUP_BROKER=tansu",
            )
        try:
            jars.rename(target)
        except OSError:  # another process was first
            if not target.exists():
                raise
    return target


class Kafka:
    """The local broker."""

    kind = "kafka"
    durable = True
    idempotent = True

    def __init__(self, state_dir: Path, port: int) -> None:
        self._folder = state_dir / "kafka"
        self.port = port
        self.process = Process(state_dir, "kafka")

    @property
    def bootstrap(self) -> str:
        """Address of the broker as clients take it."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Format storage once and start; returns before the broker is ready."""
        jars = install()
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "server.properties"
        config.write_text(self._configuration())
        classes = f"{jars}/*"
        if not (self._folder / "data" / "meta.properties").exists():
            cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            tool = ["java", "-cp", classes, "kafka.tools.StorageTool", "format"]
            argv = [*tool, f"--cluster-id={cluster}", "-c", str(config)]  # one word: the id may begin with a dash
            done = subprocess.run(argv, capture_output=True, text=True)
            if done.returncode:
                cause = cause_in(f"{done.stdout}\n{done.stderr}") or "no message"
                hint = f"see that {self._folder} can be written and its disk has room"
                raise StackError(f"Kafka's storage could not be formatted: {cause}", hint)
        options = ["-Xms256m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"]
        self.process.start(["java", *options, "-cp", classes, "kafka.Kafka", str(config)])

    async def wait_ready(self, seconds: float = 90) -> None:
        """Wait until it answers a metadata request."""
        await wait_broker(self.bootstrap, self.process, seconds)

    def stop(self) -> None:
        """Stop the broker."""
        self.process.stop()

    def _configuration(self) -> str:
        data = self._folder / "data"
        return _CONFIG.format(port=self.port, controller=free_port(), data=data, largest=MAX_MESSAGE_BYTES)


async def wait_broker(bootstrap: str, process: Process | None, seconds: float) -> None:
    """Wait for a broker to answer; a clear error where it does not."""
    deadline = time.monotonic() + seconds
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # refused connections are what we wait through
    while True:
        if process is not None and not process.running:
            raise process.died()
        admin = AIOKafkaAdminClient(**client_options(bootstrap), request_timeout_ms=5000)
        try:
            await admin.start()
            await admin.list_topics()
        except (KafkaError, OSError, TimeoutError):
            if time.monotonic() > deadline:
                where = f"log: {process.log}" if process else "check KAFKA_BOOTSTRAP_SERVERS"
                raise StackError(f"the broker at {bootstrap} does not answer", where) from None
            await asyncio.sleep(0.2)
        else:
            return
        finally:
            await admin.close()
