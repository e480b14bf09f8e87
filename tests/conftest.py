"""Settings of the whole suite, and how it is shared out where it runs on several workers (`pytest -n 2`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# How long an example takes says what else the machine does; what a rule costs is measured by `make bench`.
# Where a skip is an error, a test gives the same answer each time; elsewhere properties are tried on new inputs.
settings.register_profile("recoup", deadline=None, derandomize=bool(os.environ.get("RECOUP_TESTS_SKIP_NONE")))
settings.load_profile("recoup")

# The brokers of these tests live for seconds: what the JVM's second compiler makes of their code comes too late.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")

_SHARE = (
    ("tests/integration/stack/", ""),
    ("tests/integration/", "integration"),
    ("tests/e2e/test_cli.py", "running stack"),
    ("tests/e2e/test_payment_cases.py", "running stack"),
    ("tests/e2e/test_phi.py", "running stack"),
    ("tests/e2e/test_restore.py", "one undisturbed run"),
    ("tests/e2e/test_two_releases.py", "one undisturbed run"),
)
"""What shares one set of servers runs on one worker; modules without a name start servers of their own."""
_LONGEST_FIRST = (
    "tests/e2e/test_chaos.py",
    "integration",
    "one undisturbed run",
    "running stack",
    "tests/integration/stack/",
    "tests/e2e/",
)
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    away = [item for item in items if any(not Path(mark.args[0]).exists() for mark in item.iter_markers("outside"))]
    if away:
        config.hook.pytest_deselected(items=away)
        items[:] = [item for item in items if item not in away]

    def rank(item: pytest.Item) -> int:
        found = (n for n, prefix in enumerate(_LONGEST_FIRST) if _shares(item.nodeid).startswith(prefix))
        return next(found, len(_LONGEST_FIRST))

    items.sort(key=rank)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were not run, and why: a number among the dots is overlooked."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("NOT RUN", red=True, bold=True)
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.line(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be left out (`.ci/run`), a skipped test is an error."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("RECOUP_TESTS_SKIP_NONE"):
        return
    if reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
