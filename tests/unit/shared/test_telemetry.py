"""Logs carry allow-listed fields only; an exception's message, which may hold a claim's values, stays out."""

from __future__ import annotations

import json

import pytest

from shared.telemetry import logging, tracing


def test_only_listed_fields_and_no_exception_text_reach_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("test", "INFO")
    log = logging.Log("unit")
    try:
        raise ValueError("Jane Doe 1970-01-01")
    except ValueError as error:
        log.error("it failed", exc=error, patient_name="Jane Doe", claim_id="c-1")
    line = json.loads(capsys.readouterr().out)
    assert "Jane" not in json.dumps(line)
    assert (line["message"], line["claim_id"], line["error_type"]) == ("it failed", "c-1", "ValueError")
    assert "patient_name" not in line


def test_a_trace_goes_on_through_its_events() -> None:
    first = tracing.child_of("")
    second = tracing.child_of(first)
    version, trace, span, flags = second.split("-")
    assert (version, trace, flags) == tuple(first.split("-")[i] for i in (0, 1, 3))
    assert span != first.split("-")[2]
    assert len(span) == 16
