"""Where something was read, and its original text."""

from __future__ import annotations

from recoup_x12.core.segments import Value


class Source(Value, frozen=True):
    """Where a claim stood in its file, and its original text.

    `first`/`last` count segments in the transaction set, ST being 1. `header` is the text from BHT to the
    end of loop 1000B, then each HL level as sent, then the claim's own segments; `delimiters` are element,
    repetition and component separator and segment terminator.
    """

    interchange: str = ""
    group: str = ""
    transaction: str = ""
    first: int = 0
    last: int = 0
    delimiters: str = "*^:~"
    header: str = ""
    billing: str = ""
    subscriber: str = ""
    patient: str = ""
    claim: str = ""

    @property
    def text(self) -> str:
        """The claim with the context that it needs to stand alone, segment by segment as it was sent."""
        return "".join((self.header, self.billing, self.subscriber, self.patient, self.claim))
