"""PDF by Typst: the same content and template give the same bytes, on every machine (embedded fonts only)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from hashlib import sha256
from pathlib import Path

import typst

from services.appeals.adapters.documents.words import load_letters
from services.appeals.adapters.rules import TEMPLATES


class TemplateError(ValueError):
    """A template that cannot be typeset: the file and the place in it.

    `detail` is the compiler's message, which may quote the document's data: it is shown for specimens only.
    """

    def __init__(self, template: str, error: typst.TypstError) -> None:
        found = re.search(r"┌─ \S*?([^/\s]+\.typ:\d+:\d+)", error.diagnostic)
        super().__init__(f"template {found[1] if found else template} cannot be typeset")
        self.detail = error.message


class Typesetter:
    """Templates of one directory, compiled with the data of one document at a time. Raises `LetterError`."""

    def __init__(self, directory: Path = TEMPLATES) -> None:
        self.directory = directory
        self.letters = load_letters(directory)

    def fingerprint(self, template: str) -> str:
        """SHA-256 over the template and what it shares with others."""
        parts = (self.directory / name for name in (template, "common.typ", "letters.toml"))
        return sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()

    def pdf(self, template: str, content: bytes, on: date) -> bytes:
        """The PDF; its date is the filing's, never the clock's. Raises `TemplateError`."""
        compiler = typst.Compiler(
            root=str(self.directory), ignore_system_fonts=True, sys_inputs={"data": content.decode()}
        )
        try:
            result = compiler.compile(
                input=str(self.directory / template), format="pdf", timestamp=datetime.combine(on, time(12), UTC)
            )
        except typst.TypstError as error:
            raise TemplateError(template, error) from None
        assert isinstance(result, bytes)
        return result
