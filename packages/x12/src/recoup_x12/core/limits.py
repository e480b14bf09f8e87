"""Caps that keep memory and time bounded whatever is sent."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """Named defaults; each cap that is met becomes a `Problem`, never a silent cut.

    `block_bytes`: how much is split at a time. `segment_bytes`: longest segment (TR3s stay below 2 kB; K3,
    NTE and MSG are the longest). `elements`: data elements of one segment. `unit_segments`: segments of one
    claim, claim payment or HL level. `claims_per_transaction`: the TR3 asks for 5,000 at most and leaves
    larger numbers to agreement. `segments_per_transaction`: SE01 has at most ten digits.
    `problems_per_unit`: findings kept for one claim; one more says that there are more.
    `problems_per_transaction`: findings kept of header and levels; an error beyond them still refuses the set.
    `cache_segments`:
    how many distinct parsed segments are remembered.
    """

    block_bytes: int = 1 << 16
    segment_bytes: int = 16_384
    elements: int = 64
    unit_segments: int = 20_000
    claims_per_transaction: int = 1_000_000
    segments_per_transaction: int = 100_000_000
    problems_per_unit: int = 100
    problems_per_transaction: int = 4_000
    cache_segments: int = 8_000


DEFAULT = Limits()
