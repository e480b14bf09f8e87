"""Delimiters of one interchange, as its ISA segment states them."""

from __future__ import annotations

import msgspec


class Delimiters(msgspec.Struct, frozen=True):
    """Element separator (ISA byte 3), repetition (ISA11), component (byte 104), terminator (byte 105).

    `repetition` is "" where ISA11 holds a letter or digit, as 4010 senders leave it: nothing repeats then.
    """

    element: str = "*"
    repetition: str = "^"
    component: str = ":"
    terminator: str = "~"

    @property
    def text(self) -> str:
        """The four delimiters, one after another."""
        return self.element + self.repetition + self.component + self.terminator


STANDARD = Delimiters()
