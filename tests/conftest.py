"""Settings of the whole suite, and how it is shared out where it runs on several workers (`pytest -n 2`)."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# How long an example takes says what else the machine does; what a rule costs is measured by `make bench`.
settings.register_profile("recoup", deadline=None)
settings.load_profile("recoup")

# The brokers of these tests live for seconds: what the JVM's second compiler makes of their code comes too late.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")

_SHARE = (
    ("tests/integration/stack/", ""),
    ("tests/integration/", "integration"),
    ("tests/e2e/test_cli.py", "running stack"),
    ("tests/e2e/test_phi.py", "running stack"),
)
"""What shares one set of servers runs on one worker; modules without a name start servers of their own."""
_LONGEST_FIRST = ("tests/e2e/test_chaos.py", "integration", "running stack", "tests/integration/stack/", "tests/e2e/")
"""The many short modules fill the gaps at the end. A worker takes its next before its last two tests are done, so
that a module of one long test does not come before anything long."""


def _shares(nodeid: str) -> str:
    """The servers a test shares with others, or else its module."""
    module = nodeid.partition("::")[0]
    return next((name for prefix, name in _SHARE if module.startswith(prefix)), "") or module


class Sharing(LoadScopeScheduling):
    """A worker takes a whole module at a time, or everything that shares one set of servers."""

    def _split_scope(self, nodeid: str) -> str:
        return _shares(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    config.option.loadscopereorder = False  # the order is that of the collection
    return Sharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        found = (n for n, prefix in enumerate(_LONGEST_FIRST) if _shares(item.nodeid).startswith(prefix))
        return next(found, len(_LONGEST_FIRST))

    items.sort(key=rank)
