"""Topics in files, and back: the same records, in the same partitions and order."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from shared.runtime.log_copy import Copied, Unfit, copy_in, copy_out, records_in, spread
from shared.runtime.relay import partition_of
from shared.runtime.topics import Topic, ensure_topics
from tests.integration.conftest import Servers


async def made(servers: Servers) -> str:
    """A topic of three partitions with nothing in it."""
    name = f"copied-{uuid.uuid4().hex[:8]}"
    await ensure_topics(servers.bootstrap, partitions=3, replication_factor=1, topics=[Topic(name)])
    return name


async def test_what_was_copied_out_is_the_same_when_it_is_copied_in(servers: Servers, tmp_path: Path) -> None:
    there, here = await made(servers), await made(servers)
    producer = AIOKafkaProducer(bootstrap_servers=servers.bootstrap)
    await producer.start()
    try:
        for n in range(300):  # partition 2 stays empty; a null value and a null header are legal
            value = None if n == 7 else bytes([n % 256]) * 2_000
            headers = [("n", str(n).encode()), ("none", None)]
            await producer.send(there, value, key=b"k", partition=n % 2, timestamp_ms=10**12 + n, headers=headers)  # type: ignore[list-item]
        await producer.flush()
    finally:
        await producer.stop()
    copies = await copy_out(servers.bootstrap, [there, "no-such-topic"], tmp_path)
    assert copies == [Copied(there, 0, 0, 150, 150), Copied(there, 1, 0, 150, 150), Copied(there, 2, 0, 0, 0)]
    assert {(tmp_path / one.file).stat().st_mode & 0o777 for one in copies} == {0o600}
    renamed = [msgspec.structs.replace(one, topic=here) for one in copies]
    for before, after in zip(copies, renamed, strict=True):
        shutil.copy(tmp_path / before.file, tmp_path / after.file)
    await copy_in(servers.bootstrap, renamed, tmp_path)
    (tmp_path / "again").mkdir()
    again = await copy_out(servers.bootstrap, [here], tmp_path / "again")
    assert again == renamed
    for one in again:
        assert list(records_in(tmp_path / "again" / one.file)) == list(records_in(tmp_path / one.file))
    with pytest.raises(Unfit, match="holds records already"):
        await copy_in(servers.bootstrap, renamed, tmp_path)
    with pytest.raises(Unfit, match="has 3 partitions here and had 4"):
        await copy_in(servers.bootstrap, [*renamed, Copied(here, 3, 0, 0, 0)], tmp_path)


async def test_what_is_spread_over_other_partitions_keeps_each_key_s_order(servers: Servers, tmp_path: Path) -> None:
    """40 keys of 25 records each, from 3 partitions to 7; what has no key stays where it was."""
    there, here = await made(servers), f"copied-{uuid.uuid4().hex[:8]}"
    producer = AIOKafkaProducer(bootstrap_servers=servers.bootstrap)
    await producer.start()
    try:
        for n in range(1_000):
            key = f"claim-{n % 40}"
            await producer.send(there, str(n).encode() * 500, key=key.encode(), partition=partition_of(key, 3))
        await producer.send(there, b"nobody's", partition=2)
        await producer.flush()
    finally:
        await producer.stop()
    copies = await copy_out(servers.bootstrap, [there], tmp_path)
    await ensure_topics(servers.bootstrap, partitions=7, replication_factor=1, topics=[Topic(here)])
    await spread(servers.bootstrap, copies, tmp_path, here, 7)
    (tmp_path / "again").mkdir()
    again = await copy_out(servers.bootstrap, [here], tmp_path / "again")
    assert [one.partition for one in again] == list(range(7))
    assert sum(one.records for one in again) == 1_001
    before = [one for copied in copies for one in records_in(tmp_path / copied.file)]
    for copied in again:
        after = list(records_in(tmp_path / "again" / copied.file))
        for key in {one.key for one in after}:
            here_now = [(one.value, one.timestamp) for one in after if one.key == key]
            assert here_now == [(one.value, one.timestamp) for one in before if one.key == key]
            assert copied.partition == (2 if key is None else partition_of(key.decode(), 7))
