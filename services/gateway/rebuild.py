"""`python -m services.gateway.rebuild`: forget the read model, so that the gateway reads the claims' log again.

The gateway must be stopped; started again, it reads. It ends with 1 where a gateway of this consumer group runs still.
"""

from __future__ import annotations

import asyncio
import sys

from services.gateway.adapters.kafka.rebuild import StillRunning, rebuild
from services.gateway.settings import GatewaySettings
from shared.runtime.service import load_settings


def main() -> None:
    """Run, and say how much there is to read."""
    try:
        done = asyncio.run(rebuild(load_settings(GatewaySettings)))
    except StillRunning as error:
        sys.stderr.write(f"gateway: {error}\n")
        raise SystemExit(1) from None
    message = f"{done.claims_forgotten} claims forgotten; {done.records_to_read} records to read again"
    sys.stdout.write(f"gateway: {message}\n")


if __name__ == "__main__":
    main()
