"""A relay as a process of its own, to be stopped, continued and cut off: `python -m … DSN SERVICE BOOTSTRAP`."""

from __future__ import annotations

import asyncio
import sys

from shared.db.pool import open_pool
from shared.runtime.relay import Relay


async def main(dsn: str, service: str, bootstrap: str) -> None:
    pool = await open_pool(dsn, service=service, size=2)
    await Relay(pool, bootstrap, service=service).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
