"""A running gateway under generated requests: the server does not fail, and answers as its document declares."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from recoup_tools.stack import Stack

LEFT_OUT = ("stream_all", "stream_claim", "search_claims")
"""Streams have no end, so an answer of theirs is never whole; a search with `fields` answers with these alone."""
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
FUZZER = "schemathesis@4.32.5"
pytestmark = pytest.mark.skipif(shutil.which("uv") is None, reason="no uv on this machine")


async def fuzz(running: Stack, *arguments: str) -> None:
    url = running.url("gateway")
    left_out = [part for name in LEFT_OUT for part in ("--exclude-operation-id", name)]
    process = await asyncio.create_subprocess_exec(
        "uv", "tool", "run", FUZZER, "run", f"{url}/openapi.json", "--header",
        f"Authorization: Bearer {running.admin_token}", "--checks", CHECKS, "--continue-on-failure",
        "--suppress-health-check", "all", "--warnings", "off", "--seed", "20", "--no-color", *left_out, *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()[-20_000:]


async def test_limits_and_examples_of_each_operation_meet_no_failure(running: Stack) -> None:
    """The values at and beyond each limit, once each."""
    await fuzz(running, "--phases", "examples,coverage", "--max-time", "60")


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_long_generated_requests_meet_no_failure(running: Stack) -> None:
    """Random requests and chains of them, for twenty minutes."""
    await fuzz(running, "--phases", "examples,coverage,fuzzing,stateful", "--max-time", "1200")
