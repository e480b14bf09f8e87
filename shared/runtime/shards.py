"""Which shards of the outbox a relay may send: an even share of them among the relays that live, by leases.

The relays count each other by leases of their own, and each takes what is free up to its share and gives up what is
beyond it. A relay goes by its own monotonic clock as well: from a second before its leases end it holds nothing, so a
process that was stopped and goes on sends no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from shared.db.pool import Connection
from shared.runtime.leases import RENEW_EVERY, SECONDS, Leases
from shared.runtime.unit_of_work import SHARDS

_RELAYS = "relay/"
_OUTBOX = "outbox/"
_MARGIN = 1.0
_HURRY = 0.5
"""Seconds between looks while less is held than is due: others give up theirs in between."""


def share_of(holder: str, holders: Iterable[str], total: int = SHARDS) -> int:
    """How many of `total` shards are due to one of the holders; the shares of all add up to `total`."""
    living = sorted({holder, *holders})
    share, over = divmod(total, len(living))
    return share + (living.index(holder) < over)


def lease_of(shard: int) -> str:
    """The name of a shard's lease."""
    return f"{_OUTBOX}{shard}"


class Shards:
    """The shards of one relay."""

    def __init__(
        self, *, seconds: float = SECONDS, holder: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._leases = Leases(seconds=seconds, holder=holder)
        self._me = f"{_RELAYS}{self._leases.holder}"
        self._seconds = seconds
        self._clock = clock
        self._tokens: dict[int, int] = {}
        self._until = 0.0
        self._share = SHARDS
        self.leaving: set[int] = set()
        """Shards beyond the share: nothing more of them is sent, and `give_up` hands them on."""

    @property
    def held(self) -> dict[int, int]:
        """The shards that may be sent now, with the tokens of their leases."""
        return self._tokens if self._clock() < self._until else {}

    @property
    def pause(self) -> float:
        """Seconds until the leases are to be renewed."""
        return RENEW_EVERY if len(self._tokens) >= self._share else _HURRY

    async def renew(self, conn: Connection) -> None:
        """Be counted, renew what is held, and come nearer to an even share."""
        asked = self._clock()
        await self._leases.take(conn, [self._me])
        relays = await self._leases.living(conn, _RELAYS)
        self._share = share_of(self._leases.holder, relays.values())
        held = {int(n.removeprefix(_OUTBOX)): h for n, h in (await self._leases.living(conn, _OUTBOX)).items()}
        mine = sorted(shard for shard, holder in held.items() if holder == self._leases.holder)
        kept, self.leaving = mine[: self._share], set(mine[self._share :])
        free = [shard for shard in range(SHARDS) if shard not in held]
        wanted = [*kept, *free[: self._share - len(kept)]]
        tokens = await self._leases.take(conn, map(lease_of, wanted)) if wanted else {}
        self._tokens = {shard: tokens[name] for shard in wanted if (name := lease_of(shard)) in tokens}
        self._until = asked + self._seconds - _MARGIN

    async def give_up(self, conn: Connection) -> None:
        """Hand on what is beyond the share; called while nothing of it is on its way."""
        leaving, self.leaving = self.leaving, set[int]()
        await self._leases.release(conn, [lease_of(shard) for shard in leaving])

    def forget(self) -> None:
        """Hold nothing from now on, whatever the leases say."""
        self._tokens, self._until, self.leaving = {}, 0.0, set()

    async def let_go(self, conn: Connection) -> None:
        """Give back everything, so that others need not wait for its end."""
        self.forget()
        await self._leases.release(conn, [self._me, *map(lease_of, range(SHARDS))])
