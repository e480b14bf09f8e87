"""JSON in its short form: Zstandard with a dictionary of what states and events of claims have in common.

A state is two to five kilobytes, most of it names of fields. Packed with a dictionary that knows these it takes a
sixth; PostgreSQL would pack it by itself only from two kilobytes on, and without knowing them. Every frame names its
dictionary, so that one made later may stand beside it: what was written with an older one is read for ever.
"""

from __future__ import annotations

import threading
from functools import cache
from importlib.resources import files
from typing import Final

import zstandard

_NEWEST: Final = "1.zstd"
_LEVEL: Final = 1
"""Higher levels take two to four times as long for a tenth (measured)."""
_MOST_BYTES: Final = 64 * 1024 * 1024
"""No state or event is larger; a frame that claims to be is damaged."""


class PackedDamaged(Exception):
    """What should be a packed text is not one, or its dictionary is not in this release."""


def _dictionary(name: str) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict((files("shared.db") / "dictionaries" / name).read_bytes())


class _Codec(threading.local):
    """Compressor and decompressor of one thread, made when it first uses them: neither may serve two at once."""

    def __init__(self) -> None:
        newest = _dictionary(_NEWEST)
        self.dictionary_id = newest.dict_id()
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=newest, write_checksum=True)
        self.decompressor = zstandard.ZstdDecompressor(dict_data=newest)


@cache
def _ready() -> _Codec:
    """Made at the first use: most commands never pack anything."""
    return _Codec()


def pack(text: bytes) -> bytes:
    """The short form of `text`, with a checksum.

    Args:
        text: UTF-8 JSON.

    Returns:
        One Zstandard frame.
    """
    return _ready().compressor.compress(text)


def unpack(packed: bytes) -> bytes:
    """What `pack` was given.

    Args:
        packed: one Zstandard frame.

    Returns:
        UTF-8 JSON.

    Raises:
        PackedDamaged: it is not such a frame, is larger than any text of ours, or fails its checksum.
    """
    codec = _ready()
    try:
        frame = zstandard.get_frame_parameters(packed)
        if frame.dict_id != codec.dictionary_id or frame.content_size > _MOST_BYTES:
            raise PackedDamaged(f"dictionary {frame.dict_id}, {frame.content_size} bytes")
        return codec.decompressor.decompress(packed)
    except zstandard.ZstdError as error:
        raise PackedDamaged(str(error)) from None
