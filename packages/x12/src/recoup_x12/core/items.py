"""What reading an interchange yields, in the order of the file.

Claims and remittances come as they are read; they are provisional until the `TransactionEnd` of their
transaction set, because only its trailer proves that the set is whole. `TransactionEnd.verdict` R refuses
them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.problem import Problem

Verdict = Literal["A", "E", "R"]
"""Accepted; accepted, errors noted (some claims refused, or warnings); rejected."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """Base of everything that is yielded."""


class InterchangeStart(Item, frozen=True):
    """ISA. Identifiers are stripped of their padding; `usage` is P or T."""

    delimiters: Delimiters
    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    date: str
    time: str
    version: str
    control: str
    acknowledgment: str
    usage: str
    problems: tuple[Problem, ...] = ()


class InterchangeEnd(Item, frozen=True):
    """IEA, or the point where the interchange stops without one. `problems` carry TA105 codes."""

    control: str
    groups: int
    verdict: Verdict
    problems: tuple[Problem, ...] = ()


class GroupStart(Item, frozen=True):
    """GS."""

    code: str
    sender: str
    receiver: str
    date: str
    time: str
    control: str
    version: str


class GroupEnd(Item, frozen=True):
    """GE. `declared` is GE01 as sent, `received` the sets read; `problems` carry AK905 codes."""

    control: str
    declared: int
    received: int
    accepted: int
    verdict: Verdict
    problems: tuple[Problem, ...] = ()


class TransactionStart(Item, frozen=True):
    """ST: `kind` 837, 835, 277, 999; `implementation` as ST03 or GS08 has it."""

    kind: str
    control: str
    implementation: str


class TransactionEnd(Item, frozen=True):
    """SE, or the point where the set stops without one.

    `claims` and `refused` count claims or claim payments. `problems` are of the set as a whole, with IK502
    codes, and of its header and HL levels, with IK304/IK403 codes.
    """

    kind: str
    control: str
    verdict: Verdict
    segments: int
    claims: int = 0
    refused: int = 0
    problems: tuple[Problem, ...] = ()


class UnitRead(Item, frozen=True):
    """Base of what a set holds many of, and a 999 tells of one by one: a claim, a claim payment, a request.

    `control_number` is its number at its sender, CLM01 for instance.
    """

    problems: tuple[Problem, ...]
    control_number: str


class InterchangeAckRead(Item, frozen=True):
    """A received TA1."""

    control: str
    date: str
    time: str
    verdict: str
    note: str


class Unreadable(Item, frozen=True):
    """Bytes outside any interchange, or an interchange that cannot be cut into segments at all."""

    problem: Problem
    offset: int


def has_errors(problems: Iterable[Problem]) -> bool:
    """Return True if one of the problems is an error; warnings do not count."""
    return any(p.severity == "error" for p in problems)
