"""Which port a service is started on where somebody else listens on the one that was chosen."""

from __future__ import annotations

import socket
from collections.abc import Generator
from pathlib import Path

import pytest

from recoup.local import StackError
from recoup_tools.stack import Stack, processes


@pytest.fixture
def taken() -> Generator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def stack_of(folder: Path, port: int) -> Stack:
    stack = Stack(folder)
    stack._state.ports["intake"] = port
    return stack


def test_a_port_chosen_in_this_start_gives_way(tmp_path: Path, taken: int) -> None:
    stack = stack_of(tmp_path, taken)
    stack._just_chosen.add("intake")
    assert stack._port_at_start("intake") not in (0, taken)


def test_a_port_that_people_know_or_set_does_not(tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = stack_of(tmp_path, taken)
    with pytest.raises(StackError, match="is taken"):
        stack._port_at_start("intake")
    stack._just_chosen.add("intake")
    monkeypatch.setenv("RECOUP_PORT_INTAKE", str(taken))
    with pytest.raises(StackError, match="is taken"):
        stack._port_at_start("intake")


def test_parts_of_one_stack_get_ports_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    few = range(processes._OWN_PORTS.start, processes._OWN_PORTS.start + 40)
    monkeypatch.setattr(processes, "_OWN_PORTS", few)
    monkeypatch.setattr(processes, "_given", set[int]())
    given = [processes.free_port() for _ in range(30)]  # none listens yet
    assert len(set(given)) == len(given)
