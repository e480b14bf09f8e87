"""Tokens, rate limits and sealed numbers."""

from __future__ import annotations

import base64
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.gateway.adapters.http.limits import RateLimit
from services.gateway.adapters.identifiers import Identifiers
from services.gateway.adapters.jwt import JwtIssuer, TokenError, parse_rules
from services.gateway.application.access import ROLES
from shared.problem import Problem
from shared.sealing import SealBroken

ISSUER = "https://issuer.test"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())


def issuer() -> JwtIssuer:
    public: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json={"jwks_uri": f"{ISSUER}/keys"})
        return httpx.Response(200, json={"keys": [{**public, "kid": "k1", "alg": "ES256", "use": "sig"}]})

    return JwtIssuer(ISSUER, client=httpx.AsyncClient(transport=httpx.MockTransport(answer)))


def token(key: Any = KEY, algorithm: str = "ES256", kid: str = "k1", **change: Any) -> str:
    claims = {
        "iss": ISSUER,
        "aud": "recoup",
        "sub": "platform-1",
        "exp": int(time.time()) + 60,
        "recoup_role": "platform",
        "recoup_tenants": ["a", "b"],
    } | change
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": kid})


async def test_a_good_token() -> None:
    who = await issuer().principal(token())
    assert who is not None
    assert (who.id, who.tenants, who.scopes) == ("jwt:platform-1", ("a", "b"), ROLES["platform"])
    narrow = await issuer().principal(token(scope="claims:read keys:manage"))
    assert narrow is not None and narrow.scopes == {"claims:read"}  # narrowed, never widened


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "other"},
        {"iss": "https://evil.test"},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"sub": None},
        {"recoup_role": "admin"},
        {"recoup_tenants": []},
        {"recoup_tenants": ["a,*"]},
        {"recoup_tenants": {"a": 1}},
        {"recoup_tenants": ["a", 7]},
        {"recoup_role": ["admin"]},
    ],
)
async def test_a_bad_token(change: dict[str, Any]) -> None:
    assert await issuer().principal(token(**change)) is None


async def test_the_issuers_new_key_is_fetched_and_its_old_one_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[dict[str, Any]] = []

    def publish(key: ec.EllipticCurvePrivateKey, kid: str) -> None:
        public: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        keys[:] = [{**public, "kid": kid, "alg": "ES256", "use": "sig"}]

    def answer(request: httpx.Request) -> httpx.Response:
        found = request.url.path.endswith("openid-configuration")
        return httpx.Response(200, json={"jwks_uri": f"{ISSUER}/keys"} if found else {"keys": keys})

    one = JwtIssuer(ISSUER, client=httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    publish(KEY, "k1")
    assert await one.principal(token()) is not None
    publish(OTHER, "k2")
    assert await one.principal(token(OTHER, kid="k2")) is None  # asked for a moment ago: not again for half a minute
    now = time.monotonic()
    monkeypatch.setattr("services.gateway.adapters.jwt.time.monotonic", lambda: now + 31)
    assert await one.principal(token(OTHER, kid="k2")) is not None
    assert await one.principal(token()) is None


async def test_a_forged_token() -> None:
    assert await issuer().principal(token(OTHER)) is None
    assert await issuer().principal(token(kid="k2")) is None
    assert await issuer().principal(token("x" * 32, "HS256")) is None
    unsigned = jwt.encode({"sub": "x"}, "", algorithm="none", headers={"kid": "k1"})
    assert await issuer().principal(unsigned) is None


def test_the_bucket_runs_dry_and_says_when_to_come_back() -> None:
    limit = RateLimit(0.2)  # a burst of two
    assert limit.take("a")["RateLimit"] == '"default";r=1;t=10'
    limit.take("a")
    with pytest.raises(Problem) as caught:
        limit.take("a")
    assert caught.value.status == 429
    assert caught.value.headers is not None and int(caught.value.headers["Retry-After"]) in (4, 5)
    limit.take("b")  # another caller is not held up
    assert RateLimit(0).take("a") == {}


# Access tokens as the issuers document them, with the settings an operator would give for each.
TOKENS: dict[str, tuple[dict[str, Any], dict[str, str], tuple[str, tuple[str, ...], frozenset[str]]]] = {
    "keycloak": (  # client roles in realm_access, a mapper for the tenant, and scopes that are not ours
        {
            "iss": "https://sso.test/realms/rcm", "aud": ["recoup", "account"], "typ": "Bearer", "azp": "rcm-platform",
            "sub": "f1d6", "scope": "email profile", "realm_access": {"roles": ["offline_access", "recoup-negotiator"]},
            "organization": ["riverside-em"],
        },
        {
            "tenants": "organization", "role": "realm_access.roles", "roles": "recoup-negotiator=negotiator",
            "scope": "",
        },
        ("negotiator", ("riverside-em",), ROLES["negotiator"]),
    ),
    "auth0": (  # namespaced claims; dots in their names are no path
        {
            "iss": "https://rcm.eu.auth0.test/", "aud": "https://recoup.example/api", "sub": "abc@clients",
            "gty": "client-credentials", "scope": "claims:read webhooks:manage keys:manage",
            "https://recoup.example/tenant": "riverside-em", "https://recoup.example/role": "platform",
        },
        {
            "audience": "https://recoup.example/api", "tenants": "https://recoup.example/tenant",
            "role": "https://recoup.example/role",
        },
        ("platform", ("riverside-em",), frozenset({"claims:read", "webhooks:manage"})),
    ),
    "entra": (  # app roles in `roles`, the version 2.0 issuer, the application's id as audience
        {
            "iss": "https://login.test/9188040d/v2.0", "aud": "6e74172b-be56-4843", "ver": "2.0", "sub": "AAAA", "tid":
            "9188040d", "roles": ["Recoup.Manager", "Recoup.Ops"], "extension_tenant": ["riverside-em", "lakeside-er"],
        },
        {
            "audience": "6e74172b-be56-4843,api://recoup", "tenants": "extension_tenant", "role": "roles",
            "roles": "Recoup.Manager=manager,Recoup.Ops=ops", "scope": "scp",
        },
        ("manager+ops", ("riverside-em", "lakeside-er"), ROLES["manager"] | ROLES["ops"]),
    ),
    "okta": (  # scopes are a list in `scp`
        {
            "iss": "https://rcm.okta.test/oauth2/default", "aud": "api://default", "ver": 1, "sub": "0oa1",
            "scp": ["claims:read", "audit:read"], "groups": ["Everyone", "auditors"], "tenant": "*",
        },
        {
            "audience": "api://default", "tenants": "tenant", "role": "groups", "roles": "auditors=auditor",
            "scope": "scp",
        },
        ("auditor", ("*",), frozenset({"claims:read", "audit:read"})),
    ),
}  # fmt: skip
DEFAULTS: dict[str, Any] = {
    "audience": "recoup", "tenants": "recoup_tenants", "role": "recoup_role", "scope": "scope", "roles": "",
    "algorithms": "RS256,ES256", "leeway": 30, "jwks_url": "https://keys.test/jwks",
}  # fmt: skip


def by_rules(name: str, url: str, **settings: Any) -> JwtIssuer:
    public: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    keys = [{**public, "kid": "enc", "use": "enc"}, {**public, "kid": "k1", "alg": "ES256", "use": "sig"}]

    def answer(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://keys.test/jwks"  # the discovery document is not needed then
        return httpx.Response(200, json={"keys": keys})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return JwtIssuer(url, parse_rules(**DEFAULTS | settings), client=client)


@pytest.mark.parametrize("name", TOKENS)
async def test_tokens_as_each_issuer_shapes_them(name: str) -> None:
    claims, settings, expected = TOKENS[name]
    issuer = by_rules(name, claims["iss"], **settings)

    def signed(kid: str = "k1", exp: float = 60, **change: Any) -> str:
        body = {**claims, "exp": int(time.time() + exp), **change}
        return jwt.encode(body, KEY, algorithm="ES256", headers={"kid": kid})

    who = await issuer.principal(signed())
    assert who is not None and (who.role, who.tenants, who.scopes) == expected
    assert who.id == f"jwt:{claims['sub']}"
    assert await issuer.principal(signed(exp=-20)) is not None  # within the leeway
    assert await issuer.principal(signed(exp=-40)) is None
    assert await issuer.principal(signed(aud="account")) is None
    assert await issuer.principal(signed(iss=claims["iss"] + "x")) is None
    assert await issuer.principal(signed(kid="enc")) is None  # a key for sealing signs nothing
    without = {settings["tenants"]: None}
    assert await issuer.principal(signed(**without)) is None


async def test_a_signature_that_is_not_on_the_list_is_refused() -> None:
    claims, settings, _ = TOKENS["auth0"]
    issuer = by_rules("auth0", claims["iss"], **settings, algorithms="RS256")
    body = {**claims, "exp": int(time.time()) + 60}
    assert await issuer.principal(jwt.encode(body, KEY, algorithm="ES256", headers={"kid": "k1"})) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"roles": "admin"},
        {"roles": "theirs=owner"},
        {"algorithms": "HS256"},
        {"algorithms": "none"},
        {"algorithms": ""},
        {"audience": " , "},
        {"tenants": ""},
    ],
)
def test_settings_that_would_let_anybody_in_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(TokenError):
        parse_rules(**DEFAULTS | wrong)


def ring(*names: bytes) -> str:
    return ",".join(base64.urlsafe_b64encode(name + bytes(name * 8)).decode() for name in names)


def test_a_sealed_number_opens_only_in_its_place() -> None:
    vault = Identifiers(ring(b"key1"))
    sealed = vault.identify("t", "c1", "patient_control_number", "PCN-1")
    assert sealed == vault.identify("t", "c1", "patient_control_number", "PCN-1")
    assert vault.open(sealed, tenant="t", claim_id="c1", field="patient_control_number") == "PCN-1"
    for moved in ({"tenant": "u"}, {"claim_id": "c2"}, {"field": "payer_claim_number"}):
        place = {"tenant": "t", "claim_id": "c1", "field": "patient_control_number"} | moved
        with pytest.raises(SealBroken):
            vault.open(sealed, **place)
    elsewhere = vault.identify("t", "c2", "patient_control_number", "PCN-1")
    assert elsewhere.sealed != sealed.sealed and elsewhere.lookup_hash == sealed.lookup_hash


def test_a_rotated_ring_still_opens_and_finds_what_the_old_key_sealed() -> None:
    old, both, new = Identifiers(ring(b"key1")), Identifiers(ring(b"key2", b"key1")), Identifiers(ring(b"key2"))
    sealed = old.identify("t", "c", "f", "pcn-1")
    assert both.open(sealed, tenant="t", claim_id="c", field="f") == "pcn-1"
    assert sealed.lookup_hash in both.lookup_hashes("f", " PCN-1 ")
    assert not both.is_current(sealed) and both.is_current(both.identify("t", "c", "f", "pcn-1"))
    with pytest.raises(SealBroken):
        new.open(sealed, tenant="t", claim_id="c", field="f")


@pytest.mark.parametrize("keys", ["", "AAAA", ring(b"key1") + ",AAAA"])
def test_a_ring_that_is_none_is_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="RECOUP_PHI_KEYS"):
        Identifiers(keys)
