"""The embedded database and broker: what they stored outlives crashes and stops, and failures are told clearly.

The tests of this module share one stack and run in the order they are written in.
"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from recoup_tools.stack import Stack, StackError
from recoup_tools.stack.kafka import java_problem
from shared.events.base import CLAIMS_TOPIC


@pytest.fixture(scope="module")
async def stack(folder: Path) -> Stack:
    if reason := java_problem():
        pytest.skip(f"Apache Kafka cannot run here: {reason}")
    stack = Stack(folder)
    await stack.up_servers()
    await stack.prepare(2)
    return stack


async def store(stack: Stack, text: str) -> None:
    """One acknowledged record and one committed row."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    await producer.send_and_wait(CLAIMS_TOPIC, text.encode(), partition=0)
    await producer.stop()
    connection = await asyncpg.connect(stack.admin_dsn)
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (text text)")
    await connection.execute("INSERT INTO kept VALUES ($1)", text)
    await connection.close()


async def stored(stack: Stack) -> tuple[list[str], list[str]]:
    """All records of the first partition, and all rows."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    first = TopicPartition(CLAIMS_TOPIC, 0)
    consumer.assign([first])
    end = (await consumer.end_offsets([first]))[first]
    records: list[str] = []
    async with asyncio.timeout(20):
        while await consumer.position(first) < end:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += [(record.value or b"").decode() for record in batch]
    await consumer.stop()
    connection = await asyncpg.connect(stack.admin_dsn)
    rows = [row["text"] for row in await connection.fetch("SELECT text FROM kept")]
    await connection.close()
    return records, rows


async def test_killed_servers_come_back_where_they_were_with_what_was_stored(stack: Stack, folder: Path) -> None:
    await store(stack, "before the crash")
    addresses = stack.bootstrap, stack.admin_dsn
    for name in ("kafka", "postgres"):
        stack.process(name).kill()
        assert not stack.process(name).running
    again = Stack(folder)
    await again.up_servers()
    assert (again.bootstrap, again.admin_dsn) == addresses
    assert await stored(again) == (["before the crash"], ["before the crash"])


async def test_down_and_up_keeps_everything(stack: Stack, folder: Path) -> None:
    await store(stack, "before the stop")
    Stack(folder).down()
    assert [running for _, running, _ in Stack(folder).status()] == [False] * 8
    again = Stack(folder)
    await again.up_servers()
    assert (again.bootstrap, again.admin_dsn) == (stack.bootstrap, stack.admin_dsn)
    assert await stored(again) == (["before the crash", "before the stop"],) * 2


async def test_up_on_a_running_stack_starts_nothing_twice(stack: Stack, folder: Path) -> None:
    before = {name: stack.process(name).find() for name in ("kafka", "postgres")}
    await Stack(folder).up_servers()
    assert {name: stack.process(name).find() for name in before} == before


async def test_of_two_commands_that_start_the_stack_one_is_refused(stack: Stack, folder: Path) -> None:
    results = await asyncio.gather(Stack(folder).up(services=()), Stack(folder).up(services=()), return_exceptions=True)
    refused = [result for result in results if result is not None]
    assert len(refused) == 1
    assert isinstance(refused[0], StackError)
    assert "another command" in refused[0].message
    await Stack(folder).up(services=())  # the lock went with the command that held it


async def test_secrets_made_by_another_command_meanwhile_are_used(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "stack.json").parent.mkdir(exist_ok=True)
    early = Stack(tmp_path)  # knows nothing yet
    (tmp_path / "stack.json").write_bytes((stack.dir / "stack.json").read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", stack.admin_dsn)
        patch.setenv("KAFKA_BOOTSTRAP_SERVERS", stack.bootstrap)
        await early.up_servers()
        assert (early.admin_token, early.broker) == (stack.admin_token, "external")


def test_secrets_are_readable_by_their_owner_only(stack: Stack) -> None:
    assert (stack.dir / "stack.json").stat().st_mode & 0o077 == 0
    assert not (stack.dir / "postgres.secret").exists()


async def test_a_service_whose_port_is_taken_says_which(stack: Stack, folder: Path) -> None:
    with socket.socket() as other, pytest.MonkeyPatch.context() as patch:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        patch.setenv("RECOUP_PORT_GATEWAY", str(port))
        with pytest.raises(StackError) as caught:
            await Stack(folder).up(services=("gateway",))
    assert f"port {port}, wanted for gateway, is taken" in caught.value.message
    assert "RECOUP_PORT_GATEWAY" in caught.value.hint
    assert caught.value.exit_code == 4


async def test_a_service_that_was_killed_starts_where_it_was_and_is_refused_where_another_took_it(
    stack: Stack, folder: Path
) -> None:
    own = Stack(folder)
    own.start_service("benchmark")
    await own.wait_service("benchmark")
    url = own.url("benchmark")
    own.process("benchmark").kill()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(url.rpartition(":")[2])))
        other.listen()
        with pytest.raises(StackError, match="wanted for benchmark, is taken"):
            own.start_service("benchmark")
    own.start_service("benchmark")
    await own.wait_service("benchmark")
    assert own.url("benchmark") == url
    own.process("benchmark").stop()


@pytest.mark.parametrize("part", ["postgres", "broker"])
async def test_a_server_whose_port_is_taken_says_so_and_nothing_is_left_half_started(
    stack: Stack, folder: Path, part: str
) -> None:
    Stack(folder).down()
    addresses = {"postgres": stack.admin_dsn.rpartition("/")[0], "broker": stack.bootstrap}
    port = int(addresses[part].rpartition(":")[2])
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(StackError) as caught:
            await Stack(folder).up_servers()
    assert caught.value.message == f"port {port}, wanted for {part}, is taken"
    assert caught.value.exit_code == 4
    assert not any(running for _, running, _ in Stack(folder).status())


def test_a_state_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text("{")
    with pytest.raises(StackError, match="cannot be read"):
        Stack(tmp_path)
