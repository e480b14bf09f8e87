"""Key rotation: `python -m services.intake.reseal` seals everything with the newest key of RECOUP_PHI_KEYS.

Intake may run meanwhile, once it knows the new key, and the command may be repeated. It says when the old key can go:
it ends with 0 when nothing needs an older key, with 1 while something was sealed with one after all (a replica that
does not know the new key yet), with 2 where a key that is still in use is not in the ring.
"""

from __future__ import annotations

import asyncio
import sys

from pydantic import SecretStr

from services.intake.adapters.sealing import vault_of
from services.intake.adapters.sql.reseal import Resealed, reseal
from services.intake.main import IntakeSettings
from shared.db.pool import open_pool
from shared.runtime.service import load_settings
from shared.sealing import Vault, rotation_report


async def run(database: SecretStr, vault: Vault) -> Resealed:
    """Seal everything again in this database."""
    pool = await open_pool(database.get_secret_value(), service="intake", size=1)
    try:
        return await reseal(pool, vault)
    finally:
        await pool.close()


def main() -> None:
    """Run, and say what is left."""
    settings = load_settings(IntakeSettings)
    try:
        vault = vault_of(settings.phi_keys.get_secret_value())
    except ValueError as error:
        sys.stderr.write(f"intake: {error}\n")
        raise SystemExit(2) from None
    done = asyncio.run(run(settings.database_url, vault))
    message, code = rotation_report(done.done, done.unopened, sum(done.left.values()))
    sys.stdout.write(f"intake: {message}\n")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
