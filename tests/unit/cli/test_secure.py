"""`recoup secure`: certificates that a verifier takes, and rights that are the least a service works with."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from typer.testing import CliRunner

from recoup.certificates import make_certificates
from recoup.cli import application
from recoup.kafka_rights import Principal, as_commands, principals
from shared.db.provision import SERVICES
from shared.events.base import (
    CLAIMS_TOPIC,
    DEAD_LETTER_TOPIC,
    EDI_INBOUND_TOPIC,
    EDI_OUTBOUND_TOPIC,
    PAYER_INBOUND_TOPIC,
)
from shared.signing import Signer


def certificate(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_what_the_authority_signs_is_taken_for_its_hosts_and_no_other(tmp_path: Path) -> None:
    make_certificates(tmp_path, ["kafka"], ["localhost"])
    trusting = PolicyBuilder().store(Store([certificate(tmp_path / "ca.pem")]))
    verify = trusting.time(datetime.now(UTC))
    for host in ("kafka", "localhost"):
        verify.build_server_verifier(x509.DNSName(host)).verify(certificate(tmp_path / "kafka.pem"), [])
    verify.build_client_verifier().verify(certificate(tmp_path / "kafka.pem"), [])
    with pytest.raises(VerificationError):
        verify.build_server_verifier(x509.DNSName("postgres")).verify(certificate(tmp_path / "kafka.pem"), [])
    late = trusting.time(datetime.now(UTC) + timedelta(days=398)).build_server_verifier(x509.DNSName("kafka"))
    with pytest.raises(VerificationError):
        late.verify(certificate(tmp_path / "kafka.pem"), [])


def test_the_authority_is_kept_and_keys_are_their_owners(tmp_path: Path) -> None:
    make_certificates(tmp_path, ["kafka"])
    authority = (tmp_path / "ca.pem").read_bytes()
    first = certificate(tmp_path / "kafka.pem")
    written = make_certificates(tmp_path, ["kafka", "postgres"])
    assert (tmp_path / "ca.pem").read_bytes() == authority
    assert certificate(tmp_path / "kafka.pem").serial_number != first.serial_number
    assert {file.name for file in written} == {"kafka.pem", "kafka.key", "postgres.pem", "postgres.key"}
    for key in tmp_path.glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        load_pem_private_key(key.read_bytes(), password=None)


@pytest.mark.parametrize("name", ["ca", "", "../kafka", "a/b"])
def test_a_name_that_is_no_certificates(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a certificate"):
        make_certificates(tmp_path, [name])
    assert list(tmp_path.iterdir()) == []


def allowed(users: list[Principal], operation: str) -> set[tuple[str, str]]:
    return {
        (user.name, right.name)
        for user in users
        for right in user.rights
        if right.kind == "topic" and operation in right.operations
    }


def test_who_reads_and_writes_what() -> None:
    users = principals(senders=["clearing"], payers=["portal"], listeners=["platform"])
    services = ("intake", "benchmark", "appeals", "settlement", "gateway")
    assert allowed(users, "Write") == {
        *((f"recoup-{service}", DEAD_LETTER_TOPIC) for service in services),
        *((f"recoup-{service}", CLAIMS_TOPIC) for service in services if service != "gateway"),
        ("recoup-intake", EDI_OUTBOUND_TOPIC),
        ("clearing", EDI_INBOUND_TOPIC),
        ("portal", PAYER_INBOUND_TOPIC),
    }
    assert allowed(users, "Read") == {
        *((f"recoup-{service}", CLAIMS_TOPIC) for service in services),
        ("recoup-intake", EDI_INBOUND_TOPIC),
        ("recoup-appeals", PAYER_INBOUND_TOPIC),
        ("recoup-settlement", PAYER_INBOUND_TOPIC),
        ("recoup-gateway", DEAD_LETTER_TOPIC),
        ("clearing", EDI_OUTBOUND_TOPIC),
        ("platform", CLAIMS_TOPIC),
    }
    assert {user for user, _ in allowed(users, "Create")} == {"recoup-provision"}


def test_the_rights_as_commands() -> None:
    lines = list(as_commands(principals(senders=["clearing"])))
    assert (
        "kafka-acls.sh --add --allow-principal User:recoup-intake --operation Read --group recoup-intake "
        "--resource-pattern-type prefixed"
    ) in lines
    assert lines[-3] == (
        "kafka-acls.sh --add --allow-principal User:clearing --operation Describe --operation Write --topic edi.inbound"
    )


def test_the_command(tmp_path: Path) -> None:
    run = CliRunner()
    app = application("secure")
    made = run.invoke(app, ["secure", "certificates", str(tmp_path), "kafka", "--host", "127.0.0.1"])
    assert made.exit_code == 0 and str(tmp_path / "kafka.pem") in made.output.splitlines()
    told = run.invoke(app, ["secure", "kafka-rights", "--form", "strimzi", "--sender", "clearing"])
    resources = [json.loads(one) for one in told.output.split("---\n")[1:]]
    assert [one["metadata"]["name"] for one in resources if one["kind"] == "KafkaUser"][-1] == "clearing"
    assert {one["kind"] for one in resources} == {"KafkaTopic", "KafkaUser"}


def test_signing_keys_of_all_services_and_a_second_set_beside_them(tmp_path: Path) -> None:
    run, app = CliRunner(), application("secure")
    for key_id in ("2026-11", "2027-01"):
        made = run.invoke(app, ["secure", "signing-keys", str(tmp_path), "--id", key_id])
        assert made.exit_code == 0, made.output
    again = run.invoke(app, ["secure", "signing-keys", str(tmp_path), "--id", "2026-11"])
    assert again.exit_code != 0
    told = {(tmp_path / service / "RECOUP_TRUSTED_KEYS").read_text() for service in SERVICES}
    assert len(told) == 1  # all trust the same
    (trusted,) = told
    assert [entry.rpartition(":")[0] for entry in trusted.split(",")] == [
        f"{service}:{key_id}" for key_id in ("2026-11", "2027-01") for service in SERVICES
    ]
    for service in SERVICES:
        key = tmp_path / service / "RECOUP_SIGNING_KEY"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert f"{service}:{Signer(key.read_text()).public}" in trusted.split(",")
