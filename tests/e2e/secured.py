"""A stack whose servers speak TLS alone, and where every service signs in as itself, with its least rights."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import confluent_kafka.admin
import pytest

from recoup.certificates import make_certificates
from recoup.kafka_rights import Principal, principals
from recoup_tools.stack import Stack
from recoup_tools.stack.kafka import Kafka
from recoup_tools.stack.processes import free_port
from shared.db.provision import SERVICES
from shared.signing import Signer, new_key

confluent: Any = confluent_kafka.admin  # its types are incomplete
ADMIN = "admin"
SENDER, PAYER = "clearinghouse", "payer-portal"
_SECURED = """
listeners=SASL_SSL://127.0.0.1:{port},MUTUAL://127.0.0.1:{mutual},INSIDE://127.0.0.1:{inside},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SASL_SSL://127.0.0.1:{port},MUTUAL://127.0.0.1:{mutual},INSIDE://127.0.0.1:{inside}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT,SASL_SSL:SASL_SSL,MUTUAL:SSL
controller.quorum.voters=1@127.0.0.1:{controller}
inter.broker.listener.name=INSIDE
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin
ssl.keystore.type=PEM
ssl.keystore.location={certificates}/kafka.chain
ssl.truststore.type=PEM
ssl.truststore.location={certificates}/ca.pem
listener.name.mutual.ssl.client.auth=required
ssl.principal.mapping.rules=RULE:^CN=(.*?)$/$1/
listener.name.sasl_ssl.sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN,OAUTHBEARER
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_admin="{password}";
listener.name.sasl_ssl.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;
"""  # noqa: E501


class SecuredKafka(Kafka):
    """The local broker with TLS, every way to sign in, and nothing allowed that is not said.

    Users and rights are made on a listener inside, as an operator of the brokers would; no service knows it.
    """

    def __init__(self, stack: SecuredStack, port: int) -> None:
        super().__init__(stack.dir, port)
        self._stack = stack

    def _configuration(self) -> str:
        stack, folder = self._stack, self._stack.certificates
        make_certificates(folder, ["kafka"], ["localhost", "127.0.0.1"])
        (folder / "kafka.chain").write_bytes((folder / "kafka.key").read_bytes() + (folder / "kafka.pem").read_bytes())
        return super()._configuration() + _SECURED.format(
            port=self.port,
            mutual=stack.mutual_port,
            inside=stack.inside_port,
            controller=free_port(),
            certificates=folder,
            password=stack.password(ADMIN),
        )

    async def wait_ready(self, seconds: float = 90) -> None:
        """Make users and rights as soon as the broker answers inside."""
        await asyncio.to_thread(self._make_users)
        await super().wait_ready(seconds)

    def _make_users(self) -> None:
        users = self._stack.users
        while not _listens(self._stack.inside_port):  # the client below writes a line for every refused connection
            time.sleep(0.1)
        admin = confluent.AdminClient(
            {"bootstrap.servers": f"127.0.0.1:{self._stack.inside_port}", "socket.timeout.ms": 10_000}
        )
        how = confluent.ScramCredentialInfo(confluent.ScramMechanism.SCRAM_SHA_512, 4096)
        names = [ADMIN, *(user.name for user in users)]
        wanted = [
            confluent.UserScramCredentialUpsertion(name, how, self._stack.password(name).encode()) for name in names
        ]
        for made in admin.alter_user_scram_credentials(wanted).values():
            made.result(60)
        for allowed in admin.create_acls(list(_bindings(users))).values():
            allowed.result(60)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _bindings(users: Sequence[Principal]) -> Iterator[Any]:
    kinds = {
        "topic": confluent.ResourceType.TOPIC,
        "group": confluent.ResourceType.GROUP,
        "cluster": confluent.ResourceType.BROKER,
    }
    operations = {
        "Read": confluent.AclOperation.READ,
        "Write": confluent.AclOperation.WRITE,
        "Create": confluent.AclOperation.CREATE,
        "Describe": confluent.AclOperation.DESCRIBE,
        "DescribeConfigs": confluent.AclOperation.DESCRIBE_CONFIGS,
        "AlterConfigs": confluent.AclOperation.ALTER_CONFIGS,
    }
    for user in users:
        for right in user.rights:
            pattern = confluent.ResourcePatternType.PREFIXED if right.prefix else confluent.ResourcePatternType.LITERAL
            for name in right.operations:
                kind, operation = kinds[right.kind], operations[name]
                yield confluent.AclBinding(
                    kind, right.name, pattern, f"User:{user.name}", "*", operation, confluent.AclPermissionType.ALLOW
                )


class SecuredStack(Stack):
    """The whole system on secured servers; what runs in this process signs in as the brokers' administrator."""

    def __init__(self, state_dir: Path) -> None:
        super().__init__(state_dir, rehearsal=True)
        self.certificates = self.dir / "certificates"
        self.inside_port, self.mutual_port, self.database_port = free_port(), free_port(), free_port()
        self._front: TlsInFront | None = None
        self.signing_keys = {service: new_key("2026-11") for service in SERVICES}
        self.trusted_keys = ",".join(f"{service}:{Signer(key).public}" for service, key in self.signing_keys.items())
        self.users = principals(senders=[SENDER], payers=[PAYER])

    def password(self, user: str) -> str:
        """A user's password at the brokers."""
        return f"secret of {user}"

    def kafka_environment(self, user: str) -> dict[str, str]:
        """The variables with which a process signs in as `user`."""
        return {
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SSL_CAFILE": str(self.certificates / "ca.pem"),
            "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD": self.password(user),
        }

    def environment(self, service: str, partitions: int = 8) -> dict[str, str]:
        """As of any stack, with the service's own principal and signing key."""
        signing = {"RECOUP_SIGNING_KEY": self.signing_keys[service], "RECOUP_TRUSTED_KEYS": self.trusted_keys}
        return super().environment(service, partitions) | self.kafka_environment(f"recoup-{service}") | signing

    def database_url(self, service: str) -> str:
        """The service's DSN through the port that speaks TLS, with the server's certificate verified."""
        plain = super().database_url(service)
        asked = urlencode({"sslmode": "verify-full", "sslrootcert": str(self.certificates / "ca.pem")})
        return plain.replace(f":{self._state.ports['postgres']}/", f":{self.database_port}/") + f"?{asked}"

    def _broker(self) -> Kafka:
        return SecuredKafka(self, self._state.ports.get("broker", 0))

    async def start_database(self) -> None:
        """Start the database, and the port in front of it that speaks TLS."""
        await super().start_database()
        make_certificates(self.certificates, ["postgres"], ["127.0.0.1"])
        self._front = TlsInFront(self._state.ports["postgres"], self.database_port, self.certificates, "postgres")

    def down(self) -> None:
        """Stop everything, and the port in front of the database."""
        super().down()
        if self._front is not None:
            self._front.close()
            self._front = None


@contextmanager
def signed_in_as(stack: SecuredStack, user: str) -> Generator[pytest.MonkeyPatch]:
    """This process's clients sign in as `user`."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.kafka_environment(user).items():
            patch.setenv(name, value)
        yield patch


class TlsInFront:
    """A port that answers PostgreSQL's request for TLS and passes on what comes; one that does not ask is closed.

    The database that tests run on is built without TLS. It has a thread of its own, since stopping a stack blocks.
    """

    def __init__(self, database: int, port: int, certificates: Path, name: str) -> None:
        self._database = database
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
        self._listening = threading.Event()
        self._over: Callable[[], object] = lambda: None
        threading.Thread(target=lambda: asyncio.run(self._run(port)), daemon=True).start()
        if not self._listening.wait(30):
            raise TimeoutError("the port in front of the database")

    def close(self) -> None:
        """Cut what is connected, and listen no longer."""
        self._over()

    async def _run(self, port: int) -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        self._over = lambda: loop.call_soon_threadsafe(over.set)
        async with await asyncio.start_server(self._serve, "127.0.0.1", port):
            self._listening.set()
            await over.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await reader.readexactly(8) != b"\x00\x00\x00\x08\x04\xd2\x16\x2f":  # SSLRequest: length, 80877103
                return
            writer.write(b"S")
            await writer.start_tls(self._context)
            behind, onward = await asyncio.open_connection("127.0.0.1", self._database)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pass_on(reader, onward))
                    both.create_task(_pass_on(behind, writer))
            finally:
                onward.close()
        except* (OSError, EOFError, ssl.SSLError):
            pass  # the client went away, or does not trust us
        finally:
            writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    raise EOFError
