"""Creates the services' roles and schemas: `python -m recoup.provision`.

`DATABASE_URL` is an administrator's DSN; each role's password is `RECOUP_DB_PASSWORD_<SERVICE>`, or else
`RECOUP_DB_PASSWORD`.
"""

from __future__ import annotations

import asyncio
import os
import sys

import asyncpg

from shared.db.provision import SERVICES, provision


def main() -> int:
    """Provision and say so; 2 where a variable is missing, 3 where the server does not answer."""
    admin = os.environ.get("DATABASE_URL")
    common = os.environ.get("RECOUP_DB_PASSWORD")
    passwords = {service: os.environ.get(f"RECOUP_DB_PASSWORD_{service.upper()}") or common for service in SERVICES}
    known = {service: password for service, password in passwords.items() if password}
    if not admin or len(known) < len(SERVICES):
        sys.stderr.write("set DATABASE_URL and RECOUP_DB_PASSWORD (see docs/settings.md)\n")
        return 2
    try:
        asyncio.run(provision(admin, known))
    except (OSError, asyncpg.PostgresError) as error:
        sys.stderr.write(f"the database cannot be provisioned: {type(error).__name__}; check DATABASE_URL\n")
        return 3
    sys.stdout.write(f"roles and schemas ready: {', '.join(SERVICES)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
