"""Settings of a service, from the environment; `docs/settings.md` is generated from this class.

`DATABASE_URL` and `KAFKA_BOOTSTRAP_SERVERS` carry the names other tools use; everything else starts with `RECOUP_`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.calendar import EASTERN, TimeZones
from shared.signing import Signer, Trust


def by_tenant(value: object) -> object:
    """`tenant=value,tenant=value` as a mapping; anything else as it is."""
    if not isinstance(value, str):
        return value
    pairs = [item.partition("=") for item in value.split(",") if item.strip()]
    if any(not tenant.strip() or not equals for tenant, equals, _ in pairs):
        raise ValueError("expected tenant=value, by comma, e.g. clinic=America/Los_Angeles")
    return {tenant.strip(): zone.strip() for tenant, _, zone in pairs}


MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""The largest record of the system: what topics are made with, what producers send and consumers fetch.

A claim payment of 999 lines with 30 adjustments each, the most that an 835 holds, is an event of about 2 MB. The
brokers' own limit (`message.max.bytes`) in the local stack, docker-compose.yml and deploy/k8s is the same.
"""


class Settings(BaseSettings):
    """What every service can be told. Secrets are `SecretStr`, so that no log prints them."""

    model_config = SettingsConfigDict(env_prefix="RECOUP_", extra="ignore", frozen=True)

    database_url: Annotated[
        SecretStr,
        Field(
            validation_alias=AliasChoices("DATABASE_URL"),
            description="DSN of this service's own role, e.g. postgresql://recoup_intake:…@db:5432/recoup",
        ),
    ]
    kafka_bootstrap_servers: Annotated[
        str,
        Field(
            validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS"),
            description="host:port list of the Kafka brokers",
        ),
    ] = "127.0.0.1:9092"
    kafka_idempotence: Annotated[bool, Field(description="off only for brokers that lack the idempotent producer")] = (
        True
    )
    host: Annotated[str, Field(description="address the HTTP server binds")] = "127.0.0.1"
    port: Annotated[int, Field(description="port of the HTTP server; each service has its own default")] = 0
    batch_records: Annotated[int, Field(ge=1, description="most records handled in one transaction")] = 1000
    batch_wait_ms: Annotated[int, Field(ge=1, description="longest wait for a batch to fill, in milliseconds")] = 20
    partitions: Annotated[int, Field(ge=1, description="partitions of topics this service creates")] = 8
    replication_factor: Annotated[int, Field(ge=1, description="replicas of topics this service creates")] = 1
    max_message_bytes: Annotated[
        int, Field(ge=64 * 1024, description="largest record of a topic, in bytes; topics with less are raised to it")
    ] = MAX_MESSAGE_BYTES
    pool_size: Annotated[int, Field(ge=2, description="most database connections of one process")] = 8
    max_body_bytes: Annotated[int, Field(ge=1024, description="largest body of a request, in bytes")] = 4 * 1024**3
    max_requests: Annotated[int, Field(ge=1, description="most requests that wait for their answer at once")] = 1000
    request_seconds: Annotated[
        float,
        Field(
            gt=0,
            description="seconds that a request's header may take, and that its body may be waited for; a body gets "
            "one more for each 500 bytes that came",
        ),
    ] = 20.0
    clock_file: Annotated[
        Path | None,
        Field(description="file with a number of seconds added to the clock; for demos and tests, never in production"),
    ] = None
    time_zone: Annotated[
        ZoneInfo,
        Field(
            description="IANA time zone in which days are counted: when a payment was received, a deadline passes, an "
            "offer expires"
        ),
    ] = EASTERN
    tenant_time_zones: Annotated[
        dict[str, ZoneInfo],
        NoDecode,
        BeforeValidator(by_tenant),
        Field(
            description="tenants whose days are counted elsewhere: tenant=America/Los_Angeles, by comma; the same for "
            "all services"
        ),
    ] = {}
    log_level: Annotated[str, Field(description="DEBUG, INFO, WARNING or ERROR")] = "INFO"
    otlp_endpoint: Annotated[
        str, Field(description="OpenTelemetry collector (OTLP over HTTP); empty: no export of traces")
    ] = ""
    trace_sample_ratio: Annotated[float, Field(ge=0, le=1, description="share of claims whose traces are exported")] = (
        0.05
    )
    signing_key: Annotated[
        SecretStr,
        Field(
            description="key that signs this service's records, key-id:base64 of 32 bytes; empty: they are not signed"
        ),
    ] = SecretStr("")
    trusted_keys: Annotated[
        str,
        Field(
            description="public keys of all services, service:key-id:base64 by comma: what none of its source's keys "
            "signed is set aside; empty: no signature is asked for"
        ),
    ] = ""
    signed_since: Annotated[
        str,
        Field(description="topic/partition/offset by comma: what stands before it on an older log need not be signed"),
    ] = ""
    admin_token: Annotated[
        SecretStr, Field(description="bearer token of the operator's routes (/admin); empty: they are closed")
    ] = SecretStr("")

    @model_validator(mode="after")
    def _keys_are_keys(self) -> Settings:
        """Refuse keys of another form at the start, and not at the first record."""
        self.signer()
        self.trust()
        return self

    def signer(self) -> Signer | None:
        """What signs this service's records; None where it signs none."""
        key = self.signing_key.get_secret_value()
        return Signer(key) if key else None

    def trust(self) -> Trust:
        """Whose records this service believes."""
        return Trust(self.trusted_keys, self.signed_since)

    def time_zones(self) -> TimeZones:
        """In which time zone each tenant's days are counted."""
        return TimeZones(self.time_zone, self.tenant_time_zones)
