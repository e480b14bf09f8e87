"""PDF by Typst: the same content and template give the same bytes, on every machine (embedded fonts only)."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time
from hashlib import sha256
from pathlib import Path

import msgspec
import typst

from services.appeals.adapters.documents.figures import Letters

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


class Typesetter:
    """Templates of one directory, compiled with the data of one document at a time."""

    def __init__(self, directory: Path = TEMPLATES) -> None:
        self.directory = directory
        self.letters = load_letters(directory)

    def fingerprint(self, template: str) -> str:
        """SHA-256 over the template and what it shares with others."""
        parts = (self.directory / name for name in (template, "common.typ", "letters.toml"))
        return sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()

    def pdf(self, template: str, content: bytes, on: date) -> bytes:
        """The PDF; its date is the filing's, never the clock's."""
        return self._compile(template, content, on, "pdf", None)

    def png(self, template: str, content: bytes, on: date, *, ppi: float = 80) -> bytes:
        """The first page as an image, for people who look."""
        return self._compile(template, content, on, "png", ppi)

    def _compile(self, template: str, content: bytes, on: date, form: str, ppi: float | None) -> bytes:
        compiler = typst.Compiler(
            root=str(self.directory), ignore_system_fonts=True, sys_inputs={"data": content.decode()}
        )
        result = compiler.compile(
            input=str(self.directory / template),
            format=form,  # type: ignore[arg-type]
            ppi=ppi,
            timestamp=datetime.combine(on, time(12), UTC),
        )
        if isinstance(result, list):
            return result[0]
        assert result is not None
        return result


def load_letters(directory: Path = TEMPLATES) -> Letters:
    """The letters' words; raises `msgspec.ValidationError` naming the place."""
    return msgspec.convert(tomllib.loads((directory / "letters.toml").read_text(encoding="utf-8")), Letters)
