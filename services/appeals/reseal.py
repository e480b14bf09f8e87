"""Key rotation: `python -m services.appeals.reseal` seals all evidence with the newest key of RECOUP_PHI_KEYS.

The service may run meanwhile, once it knows the new key. It may be repeated after a crash: what the newest key sealed
already is passed over. Rows from before sealing are sealed too.
"""

from __future__ import annotations

import asyncio
import sys

from services.appeals.adapters.sql.evidence import reseal
from services.appeals.adapters.vault import SealBroken, Vault
from services.appeals.settings import AppealsSettings
from shared.db.pool import open_pool
from shared.runtime.service import load_settings


async def _run(settings: AppealsSettings, vault: Vault) -> int:
    pool = await open_pool(settings.database_url.get_secret_value(), service="appeals", size=1)
    try:
        return await reseal(pool, vault)
    finally:
        await pool.close()


def main() -> None:
    """Exit code 2 where the ring cannot be read or lacks a key that is still in use."""
    settings = load_settings(AppealsSettings)
    try:
        done = asyncio.run(_run(settings, Vault(settings.phi_keys.get_secret_value())))
    except (ValueError, SealBroken) as error:
        sys.stderr.write(f"appeals: {error}; keep every key that is in use in RECOUP_PHI_KEYS, the newest first\n")
        raise SystemExit(2) from None
    sys.stdout.write(f"{done} payloads sealed with the newest key\n")


if __name__ == "__main__":
    main()
