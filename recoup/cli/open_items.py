"""A file of what another system left open: read line by line, each line's claim looked up, and taken over.

What can be wrong with a line alone is told before a claim is looked up, so also before a history is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from recoup.cli.claim_names import find
from recoup.cli.faults import asked
from recoup.cli.previewed import Asking, carry_out
from recoup.cli.sheets import Row, WrongCell, day_in, dollars_in, one_of, read_each, read_rows
from recoup_client import Client
from shared.commands import CommandError
from shared.forums import HANDED_OVER_IN
from shared.listing import field

T = TypeVar("T")
_TAKEN_OVER = (
    field("claim", "claim_id"),
    field("forum"),
    field("level", right=True),
    field("step", breaks=True),
    field("next day", "until"),
    field("at stake", "at_stake", right=True),
    field("to see to", "note", breaks=True),
    field("refused", breaks=True),
)
_OPTIONAL = (
    "claim", "payer_number", "level", "filed_on", "reference", "due", "negotiation_on", "offer", "fees", "plan",
    "funding",
)  # fmt: skip


class OpenItems(msgspec.Struct, frozen=True):
    """The rows of a file, and the reason that is kept with each claim."""

    file: Path
    rows: Sequence[Row]
    reason: str

    @staticmethod
    def read(file: Path, reason: str) -> OpenItems:
        """Read the file; raises `CommandError` where no reason is given, or it is no such file."""
        if not reason:
            raise CommandError("a reason is needed, which is kept with each claim", "add --reason 'from our vendor'", 2)
        return OpenItems(file, read_rows(file, ("forum",), _OPTIONAL), reason)

    def check(self) -> None:
        """Raise `CommandError` where what stands in a line cannot be, whatever claims there are: each is told."""
        read_each(self.file, self.rows, _facts)

    def take_over(self, client: Client, tenant: str, asking: Asking) -> list[dict[str, Any]]:
        """Let each claim stand where the other system left it, and list what came of each.

        Returns:
            Where each stands; `refused` says why one cannot stand there.

        Raises:
            CommandError: lines cannot be read, their claims are not known, or one is named twice; nothing was done.
            typer.Abort: the person said no; nothing was done.
        """
        items = read_each(self.file, self.rows, lambda row: _facts(row) | _named(client, row, tenant))
        self._each_once([str(item["claim_id"]) for item in items])

        def take(some: Sequence[dict[str, Any]], *, preview: bool) -> list[dict[str, Any]]:
            return asked(lambda: client.take_over(some, reason=self.reason, preview=preview, tenant=tenant))

        return carry_out(items, take, asking, _TAKEN_OVER, lambda count: f"take over {count} claims?", ends=False)

    def _each_once(self, claim_ids: Sequence[str]) -> None:
        first: dict[str, int] = {}
        wrong = [
            f"line {row.line}: the claim of line {first[claim_id]} once more; a claim is handed over once"
            for claim_id, row in zip(claim_ids, self.rows, strict=True)
            if first.setdefault(claim_id, row.line) != row.line
        ]
        if wrong:
            raise CommandError(f"{len(wrong)} lines of {self.file} cannot be taken", "\n".join(wrong), 2)


def _facts(row: Row) -> dict[str, Any]:
    """What a row says of its claim, as the gateway takes it; raises `WrongCell` with all that is wrong with it."""
    wrong: list[str] = []

    def told(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except WrongCell as error:
            wrong.append(str(error))
            return None

    forum = told(lambda: one_of(row, "forum", HANDED_OVER_IN))
    level = told(lambda: one_of(row, "level", ("1", "2"), "1"))
    funding = told(lambda: one_of(row, "funding", ("", "self_funded", "insured")))
    days = {name: told(lambda name=name: day_in(row, name)) for name in ("filed_on", "due", "negotiation_on")}
    amounts = {name: told(lambda name=name: dollars_in(row, name)) for name in ("offer", "fees")}
    if row["filed_on"] and not row["reference"]:
        wrong.append("reference: empty; write the number it was filed under, or how it was sent")
    if not row["claim"] and not row["payer_number"]:
        wrong.append("claim: empty, and so is payer_number; one of them names the claim")
    if wrong:
        raise WrongCell("; ".join(wrong))
    return (
        {"forum": forum, "level": int(level or 1), "reference": row["reference"], "plan": row["plan"]}
        | ({"funding": funding} if funding else {})
        | {name: day.isoformat() for name, day in days.items() if day is not None}
        | {name: str(amount) for name, amount in amounts.items() if amount is not None}
    )


def _named(client: Client, row: Row, tenant: str) -> dict[str, Any]:
    """The claim that a row names; raises `WrongCell`, or `CommandError` where it is not one."""
    number, theirs = row["claim"], row["payer_number"]
    found = find(client, number or theirs, tenant=tenant, payer_number=theirs)
    if number and theirs and found.payer_claim_number not in (None, "", theirs):
        raise WrongCell("payer_number: it is not the number of the claim that `claim` names; leave out the wrong one")
    return {"claim_id": found.claim_id}
