"""Key rotation: `python -m services.gateway.reseal` seals everything with the newest key of RECOUP_PHI_KEYS.

The gateway may run meanwhile, once it knows the new key, and the command may be repeated. It says when the old key can
go, and ends with 0 then; with 1 while something is under an older key still, with 2 where a key that is in use is not
in the ring.
"""

from __future__ import annotations

import asyncio
import sys

from services.gateway.adapters.reseal import NewestUnknown, reseal
from services.gateway.settings import GatewaySettings
from shared.runtime.service import load_settings
from shared.sealing import rotation_report


def main() -> None:
    """Run, and say what is left."""
    settings = load_settings(GatewaySettings)
    try:
        done = asyncio.run(reseal(settings))
    except (ValueError, NewestUnknown) as error:
        sys.stderr.write(f"gateway: {error}\n")
        raise SystemExit(2) from None
    message, code = rotation_report(done.claims + done.endpoints, 0, done.left)
    sys.stdout.write(f"gateway: {message}\n")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
