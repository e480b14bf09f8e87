"""The whole lifecycle on brokers and a database that speak TLS alone, under each service's least rights."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import quote_plus

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from recoup.certificates import make_certificates
from recoup_tools.demo.readlog import claims_on_log
from recoup_tools.stack import Stack
from recoup_tools.stack.kafka import java_problem
from shared.events.base import CLAIMS_TOPIC, EDI_INBOUND_TOPIC, EDI_OUTBOUND_TOPIC, PAYER_INBOUND_TOPIC
from shared.events.codec import encode_data, headers_for, new_event_id
from shared.events.settlement import ClaimReopened
from shared.kafka import client_options
from shared.signing import Signer
from tests.e2e.runs import Outcome, whole_run
from tests.e2e.secured import ADMIN, PAYER, SENDER, SecuredStack, signed_in_as

pytestmark = pytest.mark.timeout(240)
FORGED: list[str] = []
"""The claim of which something is said that nobody signed."""


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[SecuredStack]:
    if reason := java_problem():
        pytest.skip(f"Apache Kafka cannot run here: {reason}")
    stack = SecuredStack(tmp_path_factory.mktemp("secured"))
    with signed_in_as(stack, ADMIN):
        try:
            yield stack
        finally:
            stack.down()


@pytest.fixture(scope="module")
async def lived(stack: SecuredStack) -> Outcome:
    """A small book of claims from receipt to its end; the broker is started again afterwards for the other tests."""
    outcome = await whole_run(stack, claims=25, seed=3, disturb=forge)
    await stack.start_broker()
    return outcome


async def forge(stack: Stack, over: asyncio.Event) -> None:
    """Appeals, which may write to the claims' log, says in settlement's name that a claim is reopened."""
    assert isinstance(stack, SecuredStack)
    claim_id = ""
    while not claim_id:
        async for claim in claims_on_log(stack.bootstrap):
            claim_id = claim.claim_id
        await asyncio.sleep(0.2)
    FORGED.append(claim_id)
    event = ClaimReopened(claim_id=claim_id, reason="forged")
    payload = encode_data(event)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    headers = headers_for(
        event, event_id=new_event_id(), time=datetime.now(UTC), sequence=1, tenant="demo", traceparent=trace
    )
    appeals = Signer(stack.signing_keys["appeals"])
    with signed_in_as(stack, "recoup-appeals"):
        producer = AIOKafkaProducer(**client_options(stack.bootstrap))
    await producer.start()
    for signature in ([], [appeals.sign(headers, claim_id.encode(), payload)]):
        await producer.send_and_wait(CLAIMS_TOPIC, payload, key=claim_id.encode(), headers=[*headers, *signature])
    await producer.stop()


async def test_the_lifecycle_runs_under_least_rights(lived: Outcome) -> None:
    # whoever reads the log without asking for signatures, as the checker of the books does, is misled by the forgery
    assert [told for told in lived.discrepancies if not told.startswith(tuple(FORGED))] == []
    # what was forged is set aside by all who listen to such an event, and holds up and changes nothing
    assert {service: count for service, count in lived.dead_letters.items() if count} == {
        "benchmark": 2,
        "gateway": 2,
    }
    sources = {source for events in lived.events.values() for source in events}
    assert {"intake", "benchmark", "appeals", "settlement"} <= sources, sources
    assert "settled_and_paid" in lived.figures.by_end


WRITES = [
    ("recoup-benchmark", EDI_INBOUND_TOPIC, False),
    ("recoup-benchmark", PAYER_INBOUND_TOPIC, False),
    ("recoup-gateway", CLAIMS_TOPIC, False),
    ("recoup-settlement", EDI_OUTBOUND_TOPIC, False),
    (SENDER, CLAIMS_TOPIC, False),
    (SENDER, PAYER_INBOUND_TOPIC, False),
    (SENDER, EDI_OUTBOUND_TOPIC, False),
    (PAYER, CLAIMS_TOPIC, False),
    (PAYER, EDI_INBOUND_TOPIC, False),
    (SENDER, EDI_INBOUND_TOPIC, True),
    (PAYER, PAYER_INBOUND_TOPIC, True),
]


@pytest.mark.parametrize(("user", "topic", "allowed"), WRITES)
async def test_who_may_write_where(lived: Outcome, stack: SecuredStack, user: str, topic: str, allowed: bool) -> None:
    with signed_in_as(stack, user):
        producer = AIOKafkaProducer(**client_options(stack.bootstrap), request_timeout_ms=5000)
    await producer.start()
    try:
        if allowed:
            await producer.send_and_wait(topic, b"{}")
        else:
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(topic, b"{}")
    finally:
        await producer.stop()


async def test_a_sender_reads_its_answers_and_no_claims(lived: Outcome, stack: SecuredStack) -> None:
    with signed_in_as(stack, SENDER):
        consumer = AIOKafkaConsumer(
            EDI_OUTBOUND_TOPIC,
            **client_options(stack.bootstrap),
            group_id=f"{SENDER}-answers",
            auto_offset_reset="earliest",
        )
        curious = AIOKafkaConsumer(CLAIMS_TOPIC, **client_options(stack.bootstrap), group_id=f"{SENDER}-curious")
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            assert await consumer.getone()
    finally:
        await consumer.stop()
    try:
        with pytest.raises(TopicAuthorizationFailedError):
            await curious.start()
            async with asyncio.timeout(30):
                await curious.getone()
    finally:
        await curious.stop()


async def topics_seen(stack: SecuredStack) -> list[str]:
    admin = AIOKafkaAdminClient(**client_options(stack.bootstrap), request_timeout_ms=5000)
    try:
        await admin.start()
        return list(await admin.list_topics())
    finally:
        await admin.close()


def unsigned_token(user: str) -> str:
    """A token as the broker takes them where no signature is asked for (RFC 7515, appendix A.5)."""
    now = int(time.time())

    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part({'sub': user, 'iat': now, 'exp': now + 600})}."


@pytest.mark.parametrize(
    ("changed", "seen"),
    [
        ({}, True),
        ({"KAFKA_SASL_MECHANISM": "PLAIN"}, True),
        ({"KAFKA_SASL_PASSWORD": "not it"}, False),
        ({"KAFKA_SASL_USERNAME": "nobody"}, False),
        ({"KAFKA_SSL_CAFILE": "{strangers}/ca.pem"}, False),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}, False),
    ],
    ids=["scram", "plain over TLS", "wrong password", "unknown user", "strangers' authority", "without TLS"],
)
async def test_signing_in(
    lived: Outcome, stack: SecuredStack, tmp_path: Path, changed: dict[str, str], seen: bool
) -> None:
    make_certificates(tmp_path, ["kafka"], ["127.0.0.1"])
    with signed_in_as(stack, ADMIN) as patch:
        for name, value in changed.items():
            patch.setenv(name, value.format(strangers=tmp_path))
        if seen:
            assert CLAIMS_TOPIC in await topics_seen(stack)
        else:
            with pytest.raises((KafkaError, OSError)):
                await topics_seen(stack)


async def test_a_token_of_a_file(lived: Outcome, stack: SecuredStack, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(unsigned_token(ADMIN) + "\n")
    with signed_in_as(stack, ADMIN) as patch:
        _bearer(patch, KAFKA_SASL_TOKEN_FILE=str(token))
        assert CLAIMS_TOPIC in await topics_seen(stack)
        token.unlink()
        with pytest.raises(KafkaError):
            await topics_seen(stack)


async def test_a_token_of_a_token_endpoint(lived: Outcome, stack: SecuredStack) -> None:
    asked: list[tuple[str, str]] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append((self.headers["Authorization"], form))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"access_token": unsigned_token(ADMIN), "expires_in": 600}).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with signed_in_as(stack, ADMIN) as patch:
        _bearer(
            patch,
            KAFKA_SASL_TOKEN_URL=f"http://127.0.0.1:{server.server_port}/token",
            KAFKA_SASL_CLIENT_ID="recoup",
            KAFKA_SASL_CLIENT_SECRET="hush",
            KAFKA_SASL_SCOPE="kafka",
        )
        assert CLAIMS_TOPIC in await topics_seen(stack)
    server.shutdown()
    basic = "Basic " + base64.b64encode(b"recoup:hush").decode()
    assert asked == [(basic, "grant_type=client_credentials&scope=kafka")]  # once, for all connections of a client


def _bearer(patch: pytest.MonkeyPatch, **variables: str) -> None:
    for name in ("KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"):
        patch.delenv(name)
    patch.setenv("KAFKA_SASL_MECHANISM", "OAUTHBEARER")
    for name, value in variables.items():
        patch.setenv(name, value)


async def test_mutual_tls(lived: Outcome, stack: SecuredStack) -> None:
    make_certificates(stack.certificates, [ADMIN])
    address = f"127.0.0.1:{stack.mutual_port}"
    with pytest.MonkeyPatch.context() as patch:
        for name in stack.kafka_environment(ADMIN):
            patch.delenv(name, raising=False)
        patch.setenv("KAFKA_SECURITY_PROTOCOL", "SSL")
        patch.setenv("KAFKA_SSL_CAFILE", str(stack.certificates / "ca.pem"))
        for certificate, seen in (("", False), (ADMIN, True)):
            if certificate:
                patch.setenv("KAFKA_SSL_CERTFILE", str(stack.certificates / f"{certificate}.pem"))
                patch.setenv("KAFKA_SSL_KEYFILE", str(stack.certificates / f"{certificate}.key"))
            admin = AIOKafkaAdminClient(**client_options(address), request_timeout_ms=5000)
            try:
                if seen:
                    await admin.start()
                    assert CLAIMS_TOPIC in await admin.list_topics()
                else:
                    with pytest.raises((KafkaError, OSError)):
                        await admin.start()
            finally:
                await admin.close()


async def test_a_database_that_the_authority_does_not_know(lived: Outcome, stack: SecuredStack, tmp_path: Path) -> None:
    make_certificates(tmp_path, ["postgres"], ["127.0.0.1"])
    await stack.start_database()
    good = stack.database_url("intake")
    connection = await asyncpg.connect(good, timeout=10)
    await connection.close()
    with pytest.raises(OSError, match="certificate verify failed"):
        await asyncpg.connect(good.replace(quote_plus(str(stack.certificates)), quote_plus(str(tmp_path))), timeout=10)
    with pytest.raises((OSError, asyncpg.PostgresError)):
        await asyncpg.connect(good.partition("?")[0] + "?sslmode=disable", timeout=10)
