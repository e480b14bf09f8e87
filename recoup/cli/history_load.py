"""`recoup history load`: a whole history in one command, its files in their order, and what another system left open.

What is wrong with the file of open items alone is told before anything is sent. Called again, whole or after it was
broken off, it does what is left: the same content counts once.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from recoup.cli.claim_names import gateway
from recoup.cli.claims import GatewayUrl, Tenant, Token, in_order, start_of, tenant_for
from recoup.cli.faults import asked
from recoup.cli.open_items import OpenItems
from recoup.cli.options import StateDir
from recoup.cli.previewed import Asking
from recoup.local import DEFAULT_DIR
from recoup_client import Client, History
from shared.commands import CommandError, read_file, readable
from shared.listing import AsJson, field, print_rows

_LOOK = 1.0
"""Seconds between two looks at what has arrived."""
_PATIENCE = 60.0
"""Seconds without any change after which what has not arrived is told and not waited for."""
_ALIKE = 3
"""Looks that see the same where all has arrived."""
_INPUTS = (
    field("input"),
    field("claims"),
    field("payments"),
    field("for a person", "for_a_person", breaks=True),
    field("refused", breaks=True),
)
_FORUMS = (
    field("still open in", "forum"),
    field("claims", right=True),
    field("at stake", "at_stake", right=True),
    field("first last day", "first"),
    field("last last day", "last"),
    field("day assumed", "assumed", right=True),
)
_COUNTED = (
    field("of claims", "of"),
    field("answered", "claims", right=True),
    field("billed", right=True),
    field("never answered", "unanswered", right=True),
)


class _Seen(msgspec.Struct, frozen=True):
    """What the gateway and the rules know so far: figures of history and of our work, and what is open by forum."""

    history: dict[str, Any]
    ours: dict[str, Any]
    forums: list[dict[str, Any]]

    @property
    def known(self) -> int:
        """Claims that are counted, of history and of our work, whether they were answered or not."""
        return sum(one["claims"] + one["unanswered"]["claims"] for one in (self.history, self.ours))


def load(
    paths: Annotated[list[Path], typer.Argument(help="files as `recoup submit` takes them, or folders of them")],
    open_items: Annotated[
        Path | None, typer.Option(help="CSV or Excel of what is open elsewhere: docs/how-to/join.md")
    ] = None,
    reason: Annotated[str, typer.Option(help="with --open-items: where they come from; no patient data")] = "",
    mail_days: Annotated[int, typer.Option(min=0, max=99, help="days that payments were on their way")] = 0,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before open items are taken over")] = False,
    as_json: AsJson = False,
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """Load a practice's history in one go: files and folders, then what another system left open of it.

    Lists what became of each input, what is still open by forum, where each open item stands, and the figures of
    history and of our work apart. Nothing is pursued but the open items. Ends with 1 where an input or an item was
    refused or waits for a person; called again it does what is left.
    """
    items = OpenItems.read(open_items, reason) if open_items is not None else None
    if items is not None:
        items.check()
    names = found_in(paths, but=open_items)
    if not names:
        raise CommandError("no file to load", "name X12, NDJSON or FHIR files, or folders of them", 2)
    tenant = tenant_for(state, url, tenant)
    with gateway(state, url, token) as client:
        asking = Asking(preview=False, yes=yes, as_json=as_json)
        whole = _load(client, tenant, names, History(mail_days), items, asking)
    if not whole:
        raise typer.Exit(1)


def _load(
    client: Client, tenant: str, names: Sequence[str], history: History, items: OpenItems | None, asking: Asking
) -> bool:
    """Send the files, take the items over, and list all; False where not all of that was done."""

    def look() -> _Seen:
        return _Seen(
            asked(lambda: client.management(history=True, tenant=tenant)),
            asked(lambda: client.management(tenant=tenant)),
            asked(lambda: client.history(limit=0, tenant=tenant))["forums"],
        )

    before = look().known
    rows = list(_sent(client, names, history, tenant))
    print_rows(rows, _INPUTS, as_json=asking.as_json)
    for notice in dict.fromkeys(notice for row in rows for notice in row["notices"]):
        sys.stderr.write(f"{notice}\n")
    whole = all(row["whole"] for row in rows)
    accepted = sum(row["accepted"] for row in rows)
    seen = _arrived(look, lambda now: now.known - before >= accepted)
    print_rows(seen.forums, _FORUMS, as_json=asking.as_json)
    if items is not None:
        try:
            done = items.take_over(client, tenant, asking)
        except typer.Abort:
            sys.stderr.write("\nno open item was taken over; the files are loaded\n")
            done, whole = [], False
        whole &= not any(one.get("refused") for one in done)
        ours = seen.ours["claims"] + sum(not one.get("refused") and not one.get("unchanged") for one in done)
        every = seen.known  # figures that take long are answered from before for a while, each for itself
        seen = _arrived(look, lambda now: now.known == every and now.ours["claims"] >= ours)
    counted = [_counted("history", seen.history), _counted("our work", seen.ours)]
    print_rows(counted, _COUNTED, as_json=asking.as_json)
    return whole


def found_in(paths: Sequence[Path], *, but: Path | None = None) -> list[str]:
    """The files to send, folders walked: what is not X12 in order of name, then X12 as it was written.

    What in a folder is neither X12 nor JSON, nor packed, is told and left out; so are hidden files.

    Args:
        paths: files and folders.
        but: a file that is none of them, though it may lie there.

    Raises:
        CommandError: a path is not there, or cannot be read.
    """
    found: dict[Path, str] = {}
    for path in paths:
        if not path.is_dir():
            readable(path)
            found[path.resolve()] = str(path)
            continue
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if hidden or not file.is_file() or (but is not None and file.resolve() == but.resolve()):
                continue
            readable(file)
            if _kind(file):
                found[file.resolve()] = str(file)
            else:
                sys.stderr.write(f"{file}: left out, neither X12 nor JSON\n")
    names = list(found.values())
    x12 = [name for name in names if _kind(Path(name)) == "I"]
    return [name for name in names if name not in set(x12)] + in_order(x12)


def _kind(file: Path) -> str:
    """The first character of what a file holds, unpacked: I of X12, { of JSON; empty for anything else."""
    start = start_of(str(file), 128).lstrip(b"\xef\xbb\xbf \t\r\n")
    return "I" if start.startswith(b"ISA") else "{" if start[:1] in (b"{", b"[") else ""


def _sent(client: Client, names: Sequence[str], history: History, tenant: str) -> Iterator[dict[str, Any]]:
    """Send each file, and say what became of it."""
    for n, name in enumerate(names, 1):
        if sys.stderr.isatty():
            sys.stderr.write(f"{n} of {len(names)}: {name}\n")
        content = read_file(name)
        became = asked(lambda content=content: client.submit(content, tenant=tenant, history=history))
        problems = [str(one.get("message", "")) for one in became.problems if one.get("severity", "error") == "error"]
        yield {
            "input": name,
            "whole": became.whole,
            "accepted": became.claims.get("accepted", 0),
            "claims": _told(became.claims),
            "payments": _told(became.remittances),
            "for_a_person": _told(became.held | became.recoupments),
            "refused": "" if became.whole else "; ".join(problems[:5]) or became.detail,
            "notices": became.notices,
            "interchange_id": became.interchange_id,
        }


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)


def _arrived(look: Callable[[], _Seen], enough: Callable[[_Seen], bool]) -> _Seen:
    """What is seen once nothing changes any more; what has not come by then is told."""
    seen, alike, since = look(), 0, time.monotonic()
    while alike < _ALIKE or not enough(seen):
        time.sleep(_LOOK)
        now = look()
        if now == seen:
            alike += 1
        else:
            seen, alike, since = now, 0, time.monotonic()
        if time.monotonic() - since > _PATIENCE and not enough(seen):
            sys.stderr.write("not all of what was sent is shown yet: `recoup ps`, and `recoup history open` later\n")
            break
    return seen


def _counted(of: str, figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "of": of,
        "claims": figures["claims"],
        "billed": figures["billed"],
        "unanswered": figures["unanswered"]["claims"],
    }
