"""How this process speaks to Kafka: encrypted or not, and as whom. Read from the environment by every client alike.

A connection's security belongs to the process and not to a call, as with libpq's `PGSSLMODE`: services, commands and
tools that run under one environment are one principal. `docs/how-to/secure-kafka.md` shows each kind of broker.
"""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError
from aiokafka.helpers import create_ssl_context
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.environment import secrets_folder

_RENEWED_BEFORE_SECONDS = 60
"""How long before its end a token is replaced; a new connection must not be refused for one that ends on its way."""


class KafkaSecurity(BaseSettings):
    """Encryption and authentication of the connection to the brokers."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_", extra="ignore", frozen=True)

    security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
        Field(description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; the brokers' certificates are always verified"),
    ] = "PLAINTEXT"
    ssl_cafile: Annotated[
        Path | None, Field(description="PEM file of the authorities that sign the brokers; none: the system's own")
    ] = None
    ssl_certfile: Annotated[Path | None, Field(description="PEM file of this client's certificate (mutual TLS)")] = None
    ssl_keyfile: Annotated[Path | None, Field(description="PEM file of the certificate's key")] = None
    ssl_key_password: Annotated[SecretStr, Field(description="password of the key, where it has one")] = SecretStr("")
    sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"],
        Field(description="PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER, with a protocol that begins with SASL"),
    ] = "SCRAM-SHA-512"
    sasl_username: Annotated[str, Field(description="user of PLAIN and SCRAM: one of its own for each service")] = ""
    sasl_password: Annotated[SecretStr, Field(description="the user's password")] = SecretStr("")
    sasl_token_file: Annotated[
        Path | None, Field(description="OAUTHBEARER: file with a token that something else keeps fresh")
    ] = None
    sasl_token_url: Annotated[
        str, Field(description="OAUTHBEARER: token endpoint of the client-credentials grant (RFC 6749, 4.4)")
    ] = ""
    sasl_client_id: Annotated[str, Field(description="OAUTHBEARER: client id at the token endpoint")] = ""
    sasl_client_secret: Annotated[SecretStr, Field(description="OAUTHBEARER: the client's secret")] = SecretStr("")
    sasl_scope: Annotated[str, Field(description="OAUTHBEARER: scope to ask for; empty: none")] = ""

    @model_validator(mode="after")
    def _complete(self) -> KafkaSecurity:
        """Refuse settings that could not connect, or that would send a password in the clear."""
        if bool(self.ssl_certfile) != bool(self.ssl_keyfile):
            raise ValueError("KAFKA_SSL_CERTFILE and KAFKA_SSL_KEYFILE go together: set both or none")
        for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
            file: Path | None = getattr(self, name)
            if file is not None and not file.is_file():
                raise ValueError(f"KAFKA_{name.upper()}: there is no file {file}")
        if not self.security_protocol.startswith("SASL"):
            if self.sasl_username or self.sasl_token_url or self.sasl_token_file:
                raise ValueError(
                    f"KAFKA_SECURITY_PROTOCOL is {self.security_protocol}, which signs nobody in: set SASL_SSL"
                )
            return self
        if self.sasl_mechanism == "OAUTHBEARER":
            by_client = bool(self.sasl_token_url and self.sasl_client_id and self.sasl_client_secret.get_secret_value())
            if by_client == (self.sasl_token_file is not None):
                raise ValueError(
                    "OAUTHBEARER takes either KAFKA_SASL_TOKEN_FILE, or KAFKA_SASL_TOKEN_URL with "
                    "KAFKA_SASL_CLIENT_ID and KAFKA_SASL_CLIENT_SECRET"
                )
        elif not (self.sasl_username and self.sasl_password.get_secret_value()):
            raise ValueError(f"{self.sasl_mechanism} needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD")
        if self.sasl_mechanism == "PLAIN" and self.security_protocol == "SASL_PLAINTEXT":
            raise ValueError("PLAIN over SASL_PLAINTEXT would send the password in the clear: set SASL_SSL")
        return self


class ClientOptions(TypedDict):
    """Arguments that every client of aiokafka takes."""

    bootstrap_servers: str
    security_protocol: str
    ssl_context: ssl.SSLContext | None
    sasl_mechanism: str
    sasl_plain_username: str | None
    sasl_plain_password: str | None
    sasl_oauth_token_provider: AbstractTokenProvider | None


def read_security() -> KafkaSecurity:
    """The security that the environment, or the folder of secrets, asks for; raises pydantic's `ValidationError`."""
    return KafkaSecurity(_secrets_dir=secrets_folder())  # pyright: ignore[reportCallIssue]


def client_options(bootstrap_servers: str, security: KafkaSecurity | None = None) -> ClientOptions:
    """Arguments for a consumer, producer or admin client.

    Args:
        bootstrap_servers: host:port of one or more brokers, by comma.
        security: how to connect; by default what the environment says.

    Returns:
        Keyword arguments; a certificate file that was exchanged meanwhile is read anew.
    """
    security = security or read_security()
    sasl = security.security_protocol.startswith("SASL")
    bearer = sasl and security.sasl_mechanism == "OAUTHBEARER"
    named = sasl and not bearer
    return ClientOptions(
        bootstrap_servers=bootstrap_servers,
        security_protocol=security.security_protocol,
        ssl_context=_ssl_context(security) if security.security_protocol.endswith("SSL") else None,
        sasl_mechanism=security.sasl_mechanism if sasl else "PLAIN",
        sasl_plain_username=security.sasl_username if named else None,
        sasl_plain_password=security.sasl_password.get_secret_value() if named else None,
        sasl_oauth_token_provider=_Tokens(security) if bearer else None,
    )


def _ssl_context(security: KafkaSecurity) -> ssl.SSLContext:
    context = create_ssl_context(
        cafile=security.ssl_cafile,
        certfile=security.ssl_certfile,
        keyfile=security.ssl_keyfile,
        password=security.ssl_key_password.get_secret_value() or None,
    )
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Tokens(AbstractTokenProvider):
    """Bearer tokens: read from a file at every connection, or asked for and kept until shortly before they end."""

    def __init__(self, security: KafkaSecurity) -> None:
        self._security = security
        self._token = ""
        self._until = 0.0

    async def token(self) -> str:
        """A token that is valid now; raises `KafkaConnectionError` where none can be had, so that it is tried again."""
        security = self._security
        if security.sasl_token_file is not None:
            try:
                return security.sasl_token_file.read_text().strip()
            except OSError as error:
                raise KafkaConnectionError(f"the token file cannot be read: {type(error).__name__}") from None
        if time.monotonic() >= self._until:
            await self._ask()
        return self._token

    async def _ask(self) -> None:
        import httpx  # only who signs in this way pays for loading it

        security = self._security
        form = {"grant_type": "client_credentials"} | ({"scope": security.sasl_scope} if security.sasl_scope else {})
        identity = httpx.BasicAuth(security.sasl_client_id, security.sasl_client_secret.get_secret_value())
        try:
            async with httpx.AsyncClient(timeout=10) as client:
                answer = await client.post(security.sasl_token_url, data=form, auth=identity)
            answer.raise_for_status()
            granted = answer.json()
            token, seconds = str(granted["access_token"]), float(granted.get("expires_in", 300))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise KafkaConnectionError(f"the token endpoint gave no token: {type(error).__name__}") from None
        self._token = token
        self._until = time.monotonic() + max(seconds - _RENEWED_BEFORE_SECONDS, seconds / 2)
