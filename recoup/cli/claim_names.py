"""Which claim is meant: by its id, by the provider's control number (CLM01), or by the payer's number (CLP07).

One rule for every command. A number that several claims bear is refused with the list of them: none is guessed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from uuid import UUID

from recoup.cli.faults import address, asked
from recoup.local import LocalStack
from recoup_client import ApiError, Claim, Client
from shared.commands import CommandError

_SHOWN, _MOST = 20, 200
CLAIM_HELP = "the claim's id, its control number (CLM01) or the payer's number (CLP07)"


def gateway(state: Path, url: str, token: str) -> Client:
    """A client of the gateway at `url`, of the local stack's where none is given."""
    stack = LocalStack(state)
    return Client(address(url) if url else stack.url("gateway"), token or stack.admin_token)


def is_id(text: str) -> bool:
    """Return True for the text of a UUID."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def find(client: Client, claim: str, *, tenant: str = "", argument: str = "", payer_number: str = "") -> Claim:
    """The one claim that `claim` names; `argument` is what the caller gives it by, such as `--claim`.

    Of several, that with `payer_number` (CLP07) is meant, where it is given. Copies that were refused at intake hide no
    claim that lives.

    Raises:
        CommandError: no claim is named so, or several are.
    """
    by_id = _by_id(client, claim) if is_id(claim) else None
    if by_id is not None:
        return by_id
    found = _numbered(client, claim, tenant)
    several = [one for one in found if one.state != "rejected"] or found
    if payer_number and len(several) > 1:
        several = [one for one in several if one.payer_claim_number == payer_number] or several
    if not several:
        hint = "ids and numbers are in the answers of `recoup submit`; a new claim takes some seconds to be known"
        raise CommandError("no claim has this id or number", hint, 1)
    if len(several) > 1:
        raise _ambiguous(several, argument)
    return several[0]


def id_of(claim: str, *, state: Path, tenant: str = "", elsewhere: bool = False, argument: str = "") -> str:
    """The id of a claim, for a command that asks another service than the gateway; an id is not looked up.

    A number is asked of the gateway in RECOUP_GATEWAY_URL, with RECOUP_TOKEN, or of the local stack's.

    Args:
        claim: as the caller names it.
        state: of the stack on this machine.
        tenant: whose it is, where that is known.
        elsewhere: the command's own service is not the local stack's, so its gateway is not either.
        argument: what the caller gives it by.

    Raises:
        CommandError: a number names no claim, or several.
    """
    if is_id(claim):
        return claim
    url, token = os.environ.get("RECOUP_GATEWAY_URL", ""), os.environ.get("RECOUP_TOKEN", "")
    if elsewhere and not url:
        hint = "set RECOUP_GATEWAY_URL and RECOUP_TOKEN, or give the claim's id"
        raise CommandError("a claim's number is looked up at the gateway, whose address is not known", hint, 2)
    with gateway(state, url, token) as client:
        return find(client, claim, tenant=tenant, argument=argument).claim_id


def _by_id(client: Client, claim_id: str) -> Claim | None:
    def look() -> Claim | None:
        try:
            return client.claim(claim_id)
        except ApiError as error:
            if error.status != 404:
                raise
            return None

    return asked(look)


def _numbered(client: Client, number: str, tenant: str) -> list[Claim]:
    def look() -> list[Claim]:
        ours = client.claims(page_size=_MOST, patient_control_number=number, tenant=tenant)
        theirs = client.claims(page_size=_MOST, payer_claim_number=number, tenant=tenant)
        return [*islice(ours, _MOST), *islice(theirs, _MOST)]

    return list({one.claim_id: one for one in asked(look)}.values())


def _ambiguous(several: Sequence[Claim], argument: str) -> CommandError:
    """Each with what tells it from the others, and how the one that is meant is named."""
    organisations = len({one.tenant for one in several}) > 1
    rows: list[str] = []
    for one in several[:_SHOWN]:
        day = one.service.from_.isoformat() if one.service.from_ else "no date"
        who = [one.payer.name or one.payer.id, *([one.tenant] if organisations else [])]
        rows.append("  ".join((one.claim_id, day, *who, one.state)))
    if len(several) > _SHOWN:
        rows.append(f"and {len(several) - _SHOWN} more")
    given = f"{argument} ID" if argument else "its ID in place of the number"
    rows.append(f"give the one that is meant by {given}")
    return CommandError(f"{len(several)} claims have this number", "\n".join(rows), 1)
