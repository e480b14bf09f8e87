"""Commands about claims: submit, status, dead letters and their replay."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from recoup.cli.claim_names import CLAIM_HELP, find, gateway, id_of
from recoup.cli.faults import answered, asked, call
from recoup.cli.options import StateDir
from recoup.local import DEFAULT_DIR, LocalStack
from recoup_client import History
from recoup_client.packed import first_bytes
from shared.commands import CommandError, print_json, print_object, read_file, readable
from shared.db.provision import SERVICES
from shared.listing import AsJson, field, print_rows

GatewayUrl = Annotated[
    str, typer.Option(help="the gateway's address; default: the local stack's", envvar="RECOUP_GATEWAY_URL")
]
Tenant = Annotated[
    str,
    typer.Option(
        help="the provider organisation; default: the local stack's, or the one the key is for", envvar="RECOUP_TENANT"
    ),
]
Token = Annotated[str, typer.Option(help="API key; default: the local stack's", envvar="RECOUP_TOKEN")]
_ISA_BYTES = 106
"""ISA is the one segment of fixed length."""
_START = 1 << 16
Service = Annotated[str, typer.Option(help="one service; without it all of them")]
_LETTERS = (
    field("service"),
    field("reason"),
    field("type", breaks=True),
    field("claim", "claim_id"),
    field("detail", breaks=True),
)


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.command()(submit)
    app.command()(status)
    app.command("dead-letters")(dead_letters)
    app.command()(replay)


def submit(
    files: Annotated[
        list[str],
        typer.Argument(help="X12, NDJSON (both also as gzip or zip) or FHIR files, or - for standard input"),
    ],
    state: StateDir = DEFAULT_DIR,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
    received_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="the day its payments were received, where that is not today"),
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="all of it is from before: judged and counted as history, not pursued")
    ] = False,
    mail_days: Annotated[
        int, typer.Option(min=0, max=99, help="with --history: days that payments were on their way")
    ] = 0,
) -> None:
    """Send claims and remittances; prints what became of each input as one JSON object a line.

    X12 files go in the order in which their interchanges were written (ISA09, ISA10), whatever order their names have:
    a claim before its payment, and both before a correction. Ends with 1 where anything of them is refused, or held
    for a person: the output names it, `recoup worklist` lists what is held. What was loaded with --history is listed
    by `recoup history`.
    """
    refused = False
    day = received_on.date() if received_on is not None else None
    past = History(mail_days) if history else None
    tenant = tenant_for(state, url, tenant)
    names = in_order(files)
    for name in names:  # none is sent where one is not there
        if name != "-":
            readable(name)
    with gateway(state, url, token) as client:
        for name in names:
            content = read_file(name)
            became = asked(lambda content=content: client.submit(content, tenant=tenant, received_on=day, history=past))
            print_object({"input": name, **msgspec.to_builtins(became)})
            refused |= not became.whole
    if refused:
        raise typer.Exit(1)


def in_order(names: list[str]) -> list[str]:
    """The files as they are to be sent: by the day they were written where all of them tell it, else as given."""
    written = {name: _written(name) for name in names if name != "-"}
    return sorted(names, key=written.__getitem__) if all(map(written.get, names)) else names


def _written(name: str) -> str:
    """Date, time and number of a file's interchange (ISA09, ISA10, ISA13); empty for a file that is not X12."""
    header = start_of(name, 2 * _ISA_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n").decode("ascii", errors="replace")
    elements = header.split(header[3:4] or "*")
    return "".join((*elements[9:11], *elements[13:14])) if header.startswith("ISA") else ""


def start_of(name: str, count: int) -> bytes:
    """The first bytes of what a file holds, unpacked; b"" of one that cannot be read: its turn tells why."""
    try:
        with Path(name).open("rb") as file:
            start = file.read(_START)
            start += file.read() if start.startswith(b"PK") else b""  # an archive has its table at its end
    except OSError:
        return b""
    return first_bytes(start, count)


def status(
    claim: Annotated[str, typer.Argument(help=CLAIM_HELP)],
    state: StateDir = DEFAULT_DIR,
    timeline: Annotated[bool, typer.Option(help="also every event of the claim, as `timeline`")] = False,
    url: GatewayUrl = "",
    token: Token = "",
    tenant: Tenant = "",
) -> None:
    """Where a claim stands."""
    with gateway(state, url, token) as client:
        found = find(client, claim, tenant=tenant)
        shown = msgspec.to_builtins(found)
        if timeline:
            shown["timeline"] = msgspec.to_builtins(asked(lambda: list(client.timeline(found.claim_id))))
        print_json(shown)
        judged = found.assessment
        if judged is not None and judged.verdict == "unjudged":
            sys.stderr.write(f"cannot be judged: {judged.reasons[0] if judged.reasons else 'no reason is told'}\n")


def dead_letters(service: Service = "", as_json: AsJson = False, state: StateDir = DEFAULT_DIR) -> None:
    """Events that could not be handled, with the reasons."""
    listed = _each(LocalStack(state), service, "GET", "/admin/dead-letters")
    rows = [{"service": name, **letter} for name, letters in listed for letter in letters]
    print_rows(rows, _LETTERS, as_json=as_json)


def replay(
    service: Service = "",
    claim: Annotated[str, typer.Option(help=f"only those of {CLAIM_HELP}")] = "",
    state: StateDir = DEFAULT_DIR,
) -> None:
    """Try dead letters again, each claim's in their order; ends with 1 while some stay parked."""
    query = f"?claim_id={id_of(claim, state=state, argument='--claim')}" if claim else ""
    still = 0
    for name, result in _each(LocalStack(state), service, "POST", f"/admin/dead-letters/replay{query}"):
        sys.stdout.write(f"{name}: {result['handled']} handled, {result['parked']} still parked\n")
        still += result["parked"]
    if still:
        raise typer.Exit(1)


def _each(stack: LocalStack, service: str, method: str, path: str) -> list[tuple[str, Any]]:
    names = [service] if service else list(SERVICES)
    if service and service not in SERVICES:
        raise CommandError(f"there is no service {service}", f"services: {', '.join(SERVICES)}", 2)
    headers = {"Authorization": f"Bearer {stack.admin_token}"}
    return [(name, answered(call(method, stack.url(name) + path, headers=headers))) for name in names]


def tenant_for(state: Path, url: str, tenant: str) -> str:
    """The tenant to name to the service at `url`: the one given, or that of the local stack where none is given."""
    return tenant or ("" if url else LocalStack(state).tenant)
