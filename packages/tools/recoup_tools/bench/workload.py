"""A workload that was recorded once: what a claim costs is measured on the same, whatever the demo's claims become.

The interchanges of 400 invented claims and of the payers' first answers to them, and the instant they were written for.
"""

from __future__ import annotations

import lzma
from datetime import datetime
from importlib import resources

import msgspec

_FILE = "workload.msgpack.xz"


class Workload(msgspec.Struct, frozen=True):
    """How many claims it has, the instant it belongs to, and each interchange with its name, in their order."""

    claims: int
    at: datetime
    interchanges: tuple[tuple[str, bytes], ...]


def frozen_workload() -> Workload:
    """The workload that is kept beside this module."""
    packed = resources.files("recoup_tools.bench").joinpath(_FILE).read_bytes()
    return msgspec.msgpack.decode(lzma.decompress(packed), type=Workload)


def pack(workload: Workload) -> bytes:
    """The bytes of such a file."""
    return lzma.compress(msgspec.msgpack.encode(workload), preset=9 | lzma.PRESET_EXTREME)
