"""Packed inputs are what they hold, within bounds; what cannot be unpacked says why."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
import zlib
from pathlib import Path

import pytest

from recoup_client.packed import first_bytes
from recoup_client.submissions import media_of
from recoup_x12 import ClaimRead, PackedLimits, RemittanceRead, Unpackable, read, unpacked
from recoup_x12.records import parse_path
from tests.unit.x12.files import professional, remittance


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return into.getvalue()


def content_of(packed: bytes, limits: PackedLimits | None = None) -> bytes:
    with unpacked(io.BytesIO(packed), limits or PackedLimits()) as file:
        return file.read()


def why(packed: bytes, limits: PackedLimits | None = None) -> str:
    with pytest.raises(Unpackable) as refused:
        content_of(packed, limits)
    assert refused.value.how_to_fix
    return refused.value.reason


def test_gzip_is_what_it_holds() -> None:
    assert content_of(gzip.compress(professional())) == professional()
    two = gzip.compress(professional()[:500]) + gzip.compress(professional()[500:])  # members follow one another
    assert content_of(two) == professional()


def test_what_is_not_packed_is_given_back() -> None:
    file = io.BytesIO(professional())
    assert unpacked(file) is file and file.read() == professional()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_of_one_file(method: int) -> None:
    assert content_of(zipped(("claims.837", professional()), method=method)).rstrip() == professional().rstrip()


def test_files_come_in_the_order_in_which_they_were_written() -> None:
    later = remittance().replace(b"*250601*1200*", b"*250701*1200*").replace(b"000000042", b"000000043")
    packed = zipped(
        ("a.835", later), ("__MACOSX/a", b"x"), ("folder/", b""), (".DS_Store", b"y"), ("z.837", professional())
    )
    got = [type(i) for i in read([content_of(packed)]) if isinstance(i, ClaimRead | RemittanceRead)]
    assert got == [ClaimRead, ClaimRead, RemittanceRead, RemittanceRead]


def test_a_file_whose_last_terminator_is_left_out_does_not_swallow_the_next() -> None:
    cut = professional().rstrip().rstrip(b"~")
    second = b"\xef\xbb\xbf" + professional().replace(b"000000042", b"000000043").replace(b"*1200*", b"*1300*")
    found = [i for i in read([content_of(zipped(("a", cut), ("b", second)))]) if isinstance(i, ClaimRead)]
    assert [c.accepted for c in found] == [True] * 4


def test_json_lines_of_several_files_stay_lines() -> None:
    assert content_of(zipped(("b", b'{"b":1}'), ("a", b'{"a":1}'))) == b'{"a":1}\n{"b":1}\n'


def bomb(size: int) -> bytes:
    return gzip.compress(b"\0" * size)


def test_bombs_are_refused_while_they_are_unpacked() -> None:
    limits = PackedLimits(free_bytes=1_000_000)
    assert "larger than it may be" in why(bomb(20_000_000), limits)  # ratio of about 1,000
    assert "larger than it may be" in why(zipped(("a", b"\0" * 20_000_000)), limits)
    assert "larger than it may be" in why(gzip.compress(os.urandom(3_000_000)), PackedLimits(total_bytes=2_000_000))
    lying = bytearray(zipped(("a", b"\0" * 20_000_000)))  # the archive says that it holds 10 bytes
    at = lying.rfind(b"PK\x01\x02") + 24
    lying[at : at + 4] = (10).to_bytes(4, "little")
    assert why(bytes(lying), limits)


def test_a_real_file_is_far_from_the_bounds() -> None:
    claims = b"".join(professional().replace(b"PCN", f"P{n:04}".encode()) for n in range(3_000))
    limits = PackedLimits(free_bytes=0)
    assert content_of(gzip.compress(claims), limits) == claims


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (gzip.compress(professional())[:-9], "damaged or cut short"),
        (gzip.compress(professional()) + b"garbage", "damaged or cut short"),
        (zipped(("a", professional()))[:-30], "damaged or cut short"),
        (zipped(), "holds no file"),
        (zipped(("folder/", b"")), "holds no file"),
        (zipped(*((f"f{n}", b"x") for n in range(1_001))), "more than 1000 files"),
        (zipped(("a.gz", gzip.compress(professional()))), "holds a packed file"),
        (zipped(("a.zip", zipped(("b", professional())))), "holds a packed file"),
        (b"BZh91AY&SY" + b"\0" * 20, "bzip2"),
        (b"\xfd7zXZ\x00" + b"\0" * 20, "xz"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 20, "7z"),
        (zipped(("a", professional()), method=zipfile.ZIP_LZMA), "in a way that is not read here"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_unpacked_says_why(packed: bytes, reason: str) -> None:
    assert reason in why(packed)


def test_a_damaged_byte_is_found() -> None:
    packed = bytearray(zipped(("a", professional())))
    packed[200] ^= 0xFF
    assert "damaged" in why(bytes(packed))


def test_an_encrypted_archive_says_so() -> None:
    packed = bytearray(zipped(("a", professional())))
    packed[6] |= 1
    packed[packed.rfind(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in why(bytes(packed))


def test_a_packed_file_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for packed in (gzip.compress(professional()), zipped(("x", professional()))):
        path.write_bytes(packed)
        parsed = parse_path(str(path))
        assert [one.kind for one in parsed] == ["claim", "claim"]
        assert parsed.exit_code == 0
    for packed, message in (
        (zlib.compress(b"x"), "does not begin with an ISA"),
        (gzip.compress(professional())[:40], "cut short"),
    ):
        path.write_bytes(packed)
        parsed = parse_path(str(path))
        (told,) = parsed
        assert (told.kind, parsed.exit_code) == ("input", 2)
        assert message in told.problems[0].message


def test_the_client_tells_what_is_packed_by_what_it_holds() -> None:
    assert media_of(gzip.compress(b'{"a":1}')) == media_of(zipped(("c.ndjson", b' {"a":1}'))) == "ndjson"
    assert media_of(gzip.compress(professional())) == media_of(zipped(("c.837", professional()))) == "x12"
    assert first_bytes(gzip.compress(professional())[:64], 3) == b"ISA"
    assert media_of(b"\x1f\x8bgarbage") == media_of(b"PK") == "x12"
