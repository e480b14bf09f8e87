"""How a process connects to Kafka: what may be set together, and what every client is given."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from pydantic import ValidationError

from recoup.certificates import make_certificates
from shared.environment import complaints, secrets_folder
from shared.kafka import KafkaSecurity, client_options, read_security
from shared.runtime.service import load_settings
from shared.settings import Settings

SCRAM = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "recoup-intake", "KAFKA_SASL_PASSWORD": "x"}
BEARER = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "OAUTHBEARER"}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in KafkaSecurity.model_fields:
        monkeypatch.delenv(f"KAFKA_{field.upper()}", raising=False)
    monkeypatch.delenv("RECOUP_SECRETS_DIR", raising=False)


def put(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "setting KAFKA_SECURITY_PROTOCOL: Input should be 'PLAINTEXT', 'SSL'"),
        ({"KAFKA_SASL_USERNAME": "me"}, "settings: KAFKA_SECURITY_PROTOCOL is PLAINTEXT, which signs nobody in"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SASL_USERNAME": "me"}, "is SSL, which signs nobody in"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "SCRAM-SHA-512 needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"),
        (SCRAM | {"KAFKA_SASL_PASSWORD": ""}, "SCRAM-SHA-512 needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"),
        (
            SCRAM | {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_MECHANISM": "PLAIN"},
            "PLAIN over SASL_PLAINTEXT would send the password in the clear",
        ),
        ({"KAFKA_SSL_CERTFILE": __file__}, "KAFKA_SSL_CERTFILE and KAFKA_SSL_KEYFILE go together"),
        ({"KAFKA_SSL_CAFILE": "/nowhere/ca.pem"}, "KAFKA_SSL_CAFILE: there is no file /nowhere/ca.pem"),
        (BEARER, "OAUTHBEARER takes either KAFKA_SASL_TOKEN_FILE, or KAFKA_SASL_TOKEN_URL"),
        (BEARER | {"KAFKA_SASL_TOKEN_URL": "https://id.example/token"}, "OAUTHBEARER takes either"),
        (
            BEARER
            | {
                "KAFKA_SASL_TOKEN_FILE": "/run/token",
                "KAFKA_SASL_TOKEN_URL": "https://id.example/token",
                "KAFKA_SASL_CLIENT_ID": "a",
                "KAFKA_SASL_CLIENT_SECRET": "b",
            },
            "OAUTHBEARER takes either",
        ),
    ],
)
def test_settings_that_could_not_connect_are_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str
) -> None:
    put(monkeypatch, variables)
    with pytest.raises(ValidationError) as caught:
        read_security()
    (line,) = complaints(KafkaSecurity, caught.value)
    assert told in line
    assert variables.get("KAFKA_SASL_PASSWORD") in (None, "", "x") and "hunter2" not in line


def test_nothing_set_is_a_plain_connection() -> None:
    options = client_options("broker:9092")
    assert (options["bootstrap_servers"], options["security_protocol"]) == ("broker:9092", "PLAINTEXT")
    assert options["ssl_context"] is None and options["sasl_plain_username"] is None


def test_certificates_and_host_names_are_always_verified(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make_certificates(tmp_path, ["me"])
    put(monkeypatch, SCRAM | {"KAFKA_SSL_CAFILE": str(tmp_path / "ca.pem")})
    context = client_options("broker:9093")["ssl_context"]
    assert context is not None
    assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) == 1  # the one given, and none of the system's


def test_a_password_of_a_mounted_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "KAFKA_SASL_PASSWORD").write_text("of a file")
    (tmp_path / "DATABASE_URL").write_text("postgresql://a:b@db/recoup")
    (tmp_path / "RECOUP_ADMIN_TOKEN").write_text("token of a file")
    put(monkeypatch, SCRAM | {"RECOUP_SECRETS_DIR": str(tmp_path)})
    assert client_options("b")["sasl_plain_password"] == "x"  # a variable goes before a file
    for name in ("KAFKA_SASL_PASSWORD", "DATABASE_URL", "RECOUP_ADMIN_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert client_options("b")["sasl_plain_password"] == "of a file"
    settings = load_settings(Settings)
    assert settings.database_url.get_secret_value() == "postgresql://a:b@db/recoup"
    assert settings.admin_token.get_secret_value() == "token of a file"
    monkeypatch.setenv("RECOUP_SECRETS_DIR", str(tmp_path / "missing"))
    assert secrets_folder() is None


def test_a_service_says_what_is_wrong_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(monkeypatch, {"DATABASE_URL": "postgresql://a:hunter2@db/recoup", "RECOUP_PORT": "high"})
    with pytest.raises(SystemExit) as ended:
        load_settings(Settings)
    assert ended.value.code == 2
    put(monkeypatch, {"RECOUP_PORT": "1", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL"})
    with pytest.raises(SystemExit) as ended:
        load_settings(Settings)
    assert ended.value.code == 2
    port, kafka = capsys.readouterr().err.splitlines()
    assert port.startswith("setting RECOUP_PORT: Input should be a valid integer")
    assert kafka.startswith("settings: SCRAM-SHA-512 needs KAFKA_SASL_USERNAME")
    assert "hunter2" not in port + kafka
