"""A certificate authority of one's own, for compose, a laptop and tests; a cluster has cert-manager.

The authority's key stays in the folder that it was made in. What it signs is valid for servers and clients alike, so
that one file serves a broker, a database and the mutual TLS between them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY = "ca"
DAYS = 397
"""How long a certificate is valid. Clients outside refuse longer ones, and a year's habit is not forgotten."""
_AUTHORITY_DAYS = 3650
_EARLY = timedelta(minutes=5)
"""Certificates begin before they are made, for hosts whose clocks are behind."""


def make_certificates(folder: Path, names: Sequence[str], hosts: Sequence[str] = ()) -> list[Path]:
    """Make a certificate for each name, and the authority that signs them where the folder has none.

    Args:
        folder: where `ca.pem`, `ca.key`, `<name>.pem` (certificate) and `<name>.key` are written; keys are readable by
            their owner only.
        names: subjects. Each is also the host name its certificate is for; names that exist are made anew.
        hosts: further host names or addresses that every certificate is for, e.g. localhost and 127.0.0.1.

    Returns:
        The files that were written.

    Raises:
        ValueError: a name that is no file's name, or the authority's.
        OSError: the folder cannot be written.
    """
    for name in names:
        if name == AUTHORITY or not name or Path(name).name != name:
            raise ValueError(f"{name!r} cannot name a certificate")
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    if not (folder / f"{AUTHORITY}.key").exists():
        written += _write(folder, AUTHORITY, *_authority())
    key = serialization.load_pem_private_key((folder / f"{AUTHORITY}.key").read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{folder / AUTHORITY}.key is no key that this command made")
    signer = x509.load_pem_x509_certificate((folder / f"{AUTHORITY}.pem").read_bytes())
    for name in names:
        written += _write(folder, name, *_signed(name, [name, *hosts], signer, key))
    return written


def _authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder("Recoup local authority", key.public_key(), _AUTHORITY_DAYS)
    made = (
        builder.issuer_name(_name("Recoup local authority"))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, made


def _signed(
    name: str, hosts: Sequence[str], signer: x509.Certificate, signing: ec.EllipticCurvePrivateKey
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    made = (
        _builder(name, key.public_key(), DAYS)
        .issuer_name(signer.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.SubjectAlternativeName([_host(one) for one in dict.fromkeys(hosts)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .sign(signing, hashes.SHA256())
    )
    return key, made


def _builder(name: str, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLY)
        .not_valid_after(now + timedelta(days=days))
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(folder: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> list[Path]:
    private, public = folder / f"{name}.key", folder / f"{name}.pem"
    private.unlink(missing_ok=True)
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return [public, private]
