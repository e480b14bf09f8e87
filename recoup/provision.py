"""Creates the services' roles and schemas, and the topics: `python -m recoup.provision`.

`DATABASE_URL` is an administrator's DSN; each role's password is `RECOUP_DB_PASSWORD_<SERVICE>`, or else
`RECOUP_DB_PASSWORD`. Where `KAFKA_BOOTSTRAP_SERVERS` is set, topics that are missing are made too, with
`RECOUP_PARTITIONS` and `RECOUP_REPLICATION_FACTOR`, so that the services need no right to.
"""

from __future__ import annotations

import asyncio
import os
import sys

import asyncpg
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from shared.db.provision import SERVICES, provision
from shared.environment import complaints
from shared.kafka import KafkaSecurity, read_security
from shared.runtime.topics import TOPICS, ensure_topics_soon


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
    return _make_topics()


def _make_topics() -> int:
    brokers = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if not brokers:
        return 0
    try:
        partitions = int(os.environ.get("RECOUP_PARTITIONS") or 8)
        replicas = int(os.environ.get("RECOUP_REPLICATION_FACTOR") or 1)
    except ValueError:
        sys.stderr.write("RECOUP_PARTITIONS and RECOUP_REPLICATION_FACTOR are numbers (see docs/settings.md)\n")
        return 2
    try:
        read_security()
        made = ensure_topics_soon(brokers, partitions=partitions, replication_factor=replicas, within=60)
        asyncio.run(made)
    except ValidationError as error:
        sys.stderr.writelines(f"{line}\n" for line in complaints(KafkaSecurity, error))
        return 2
    except (OSError, KafkaError) as error:
        sys.stderr.write(f"the topics cannot be made: {type(error).__name__}; check KAFKA_BOOTSTRAP_SERVERS\n")
        return 3
    sys.stdout.write(f"topics ready: {', '.join(topic.name for topic in TOPICS)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
