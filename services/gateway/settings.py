"""The gateway's own settings, over those every service has."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from shared.settings import Settings


class GatewaySettings(Settings):
    """What the gateway can be told. Without an operator key, an issuer or stored keys every `/v1` route is closed."""

    port: int = 8080
    phi_keys: Annotated[
        SecretStr,
        Field(description="keys that seal patient data: base64 of 4 bytes id + 32 bytes key, newest first, by comma"),
    ]
    gateway_group: Annotated[str, Field(description="Kafka consumer group of the read model")] = "recoup-gateway"
    gateway_operator_key: Annotated[
        SecretStr,
        Field(description="an API key with every scope on every tenant, for the operator; empty: there is none"),
    ] = SecretStr("")
    gateway_readers: Annotated[int, Field(ge=1, description="most database connections that serve requests")] = 8
    gateway_jwt_issuer: Annotated[
        str, Field(description="URL of the OpenID Connect issuer whose tokens are accepted; empty: none")
    ] = ""
    gateway_jwt_audience: Annotated[
        str, Field(description="the audience that tokens must name; several by comma: any of them")
    ] = "recoup"
    gateway_jwt_tenants_claim: Annotated[
        str, Field(description="claim that names the tenants: its name, or its path with dots")
    ] = "recoup_tenants"
    gateway_jwt_role_claim: Annotated[
        str, Field(description="claim that names the role or roles, e.g. roles, groups, realm_access.roles")
    ] = "recoup_role"
    gateway_jwt_roles: Annotated[
        str, Field(description="our role for each of the issuer's, theirs=ours by comma; empty: they have our names")
    ] = ""
    gateway_jwt_scope_claim: Annotated[
        str, Field(description="claim whose scopes narrow the role's: scope, scp, permissions; empty: none does")
    ] = "scope"
    gateway_jwt_algorithms: Annotated[
        str, Field(description="signatures that are accepted, by comma; never a shared secret")
    ] = "RS256,PS256,ES256,ES384,EdDSA"
    gateway_jwt_leeway_seconds: Annotated[
        float, Field(ge=0, le=300, description="how far the issuer's clock may be from ours, in seconds")
    ] = 30
    gateway_jwt_jwks_url: Annotated[
        str, Field(description="where the issuer's keys are; empty: as its discovery document says")
    ] = ""
    gateway_rate_per_second: Annotated[
        float, Field(ge=0, description="requests a second one caller may make on average; 0: no limit")
    ] = 200
    gateway_services: Annotated[
        str,
        Field(description="where the other services are, name=url by comma, for submissions, acts and replays"),
    ] = ""
    gateway_desk_token: Annotated[
        SecretStr,
        Field(description="what intake, appeals and settlement know this gateway by; signs to settlement who acts"),
    ] = SecretStr("")
    gateway_undo_seconds: Annotated[
        int,
        Field(
            ge=0, le=300, description="how long an accepted, countered or approved offer can be undone; 0: not at all"
        ),
    ] = 10
    gateway_webhook_private: Annotated[
        bool, Field(description="let webhooks call http and private addresses; for development, never in production")
    ] = False
    gateway_public_url: Annotated[
        str, Field(description="address under which patients reach the gateway; empty: the one that staff used")
    ] = ""
    gateway_patient_link_days: Annotated[
        int, Field(ge=1, le=180, description="how long a link to a patient's page works, in days")
    ] = 60
