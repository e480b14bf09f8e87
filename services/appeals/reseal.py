"""Key rotation: `python -m services.appeals.reseal` seals all evidence with the newest key of RECOUP_PHI_KEYS.

The service may run meanwhile, once it knows the new key. It may be repeated after a crash: what the newest key sealed
already is passed over. Rows from before sealing are sealed too. It says when the old key can go, and ends with 0 then;
with 1 while something is under an older key still, with 2 where a key that is in use is not in the ring.
"""

from __future__ import annotations

import asyncio
import sys

from services.appeals.adapters.sealing import vault_of
from services.appeals.adapters.sql.evidence import left, reseal
from services.appeals.settings import AppealsSettings
from shared.db.pool import open_pool
from shared.runtime.service import load_settings
from shared.sealing import SealBroken, Vault, rotation_report


async def _run(settings: AppealsSettings, vault: Vault) -> tuple[int, int]:
    pool = await open_pool(settings.database_url.get_secret_value(), service="appeals", size=1)
    try:
        return await reseal(pool, vault), await left(pool, vault)
    finally:
        await pool.close()


def main() -> None:
    """Run, and say what is left."""
    settings = load_settings(AppealsSettings)
    try:
        done, still = asyncio.run(_run(settings, vault_of(settings.phi_keys.get_secret_value())))
    except (ValueError, SealBroken) as error:
        sys.stderr.write(f"appeals: {error}; keep every key that is in use in RECOUP_PHI_KEYS, the newest first\n")
        raise SystemExit(2) from None
    message, code = rotation_report(done, 0, still)
    sys.stdout.write(f"appeals: {message}\n")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
