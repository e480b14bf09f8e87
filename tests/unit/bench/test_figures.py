"""What the benchmark makes of what it measured."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from recoup_tools.bench.alone import Alone, peak_memory
from recoup_tools.bench.endtoend import chunk_of, latencies, spread
from recoup_tools.bench.recording import Recorded, one_log
from recoup_tools.bench.run import clear, whole_stories
from recoup_tools.stack import StackError


def recorded(key: bytes, type_: str = "recoup.underpayment.flagged.v1", at: int = 0) -> Recorded:
    return Recorded("recoup.claims.v1", 0, key, b"{}", (("ce_type", type_.encode()),), at)


def test_percentiles_lie_between_the_values_measured() -> None:
    found = spread([float(n) for n in range(101)])
    assert (found.n, found.p50, found.p99) == (101, 50.0, 99.0)
    assert spread([1.0, 3.0]).p99 <= 3.0


def test_events_of_claims_that_nobody_timed_do_not_count() -> None:
    assert latencies([recorded(b"a", at=5000), recorded(b"b", at=6000)], {}) == {}


def test_a_sample_holds_whole_stories_in_their_order() -> None:
    log = [recorded(key, at=n) for n, key in enumerate([b"a", b"b", b"a", b"c", b"b", b"d", b"c", b"d"])]
    story = whole_stories(log, 4)
    assert [(r.key, r.timestamp) for r in story] == [(b"a", 0), (b"b", 1), (b"a", 2), (b"b", 4)]
    assert [r.key for r in whole_stories(log, 1)] == [b"a", b"a"]  # never none
    assert whole_stories([], 10) == []


def test_rate_is_over_the_busy_time() -> None:
    assert Alone("x", received=900, emitted=1, seconds=0.5, peak_mib=1.0).per_second == 1800


def test_a_chunk_is_the_first_part_of_a_file_name() -> None:
    assert chunk_of("00002-000017-claims.837p") == "00002"


def test_the_peak_is_no_less_than_what_is_held_now() -> None:
    me = psutil.Process(os.getpid())
    assert peak_memory(me) > 0.9 * me.memory_info().rss / 2**20


def test_a_directory_of_somebody_else_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(StackError, match="holds no benchmark"):
        clear(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_what_the_run_before_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "bench.json").write_text("{}")
    clear(tmp_path)
    assert not tmp_path.exists()


def test_no_record_comes_before_what_it_answers_and_each_partition_keeps_its_order() -> None:
    def at(topic: str, partition: int, timestamp: int, key: bytes, name: bytes) -> Recorded:
        return Recorded(topic, partition, key, name, (), timestamp)

    claims, payers = "recoup.claims.v1", "payer.inbound"
    log = [at(claims, 0, 5, b"a", b"filed"), at(claims, 0, 3, b"a", b"stamped early"), at(claims, 1, 4, b"b", b"other")]
    merged = one_log([*log, at(payers, 7, 5, b"a", b"decided"), at(payers, 0, 4, b"b", b"offered")])
    assert [r.value for r in merged if r.partition == 0] == [b"filed", b"stamped early", b"decided"]
    assert [r.value for r in merged if r.partition == 1] == [b"other", b"offered"]
    assert {r.topic for r in merged} == {claims}
