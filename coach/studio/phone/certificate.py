"""The certificate by which a phone knows this machine. It is made here, and signed by nobody else."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from coach.base.errors import CoachError
from coach.base.files import PRIVATE_FOLDER_MODE, error_reason, write_atomically
from coach.base.messages import tr

VALID: Final = timedelta(days=800)
"""How long a certificate holds. iOS refuses more than 825 days (https://support.apple.com/en-us/103769)."""

RENEWED: Final = timedelta(days=30)
"""A certificate that ends sooner than this is made anew."""

_SLACK: Final = timedelta(days=1)
"""A phone whose clock is behind by less accepts a new certificate."""

_USES: Final = ("digital_signature", "key_cert_sign")
"""The key signs handshakes, and its own certificate: phones let users trust only certificates that may sign."""

_NO_USES: Final = (
    *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("crl_sign", "encipher_only", "decipher_only"),
)


@dataclass(frozen=True, slots=True)
class PhoneCertificate:
    """A certificate on disk.

    Attributes:
        file: PEM file with the private key and the certificate.
        der: the certificate without its key, as phones install it.
    """

    file: Path
    der: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in pairs of hexadecimal digits, as phones show it."""
        return hashlib.sha256(self.der).digest().hex(" ").upper()


def certificate_folder() -> Path:
    """The folder `coach/studio` in this system's folder for user data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("coach", appauthor=False)) / "studio"


def phone_certificate(folder: Path, addresses: Sequence[str], now: datetime | None = None) -> PhoneCertificate:
    """The certificate for `addresses`. It is made where there is none, and anew before it expires.

    Each set of addresses has its own, so that a phone which trusts this machine at home and in the theatre need not
    be told so again at every change.

    Args:
        folder: where certificates are kept; made where it is missing.
        addresses: the IPv4 addresses that it names.
        now: the time; None for the present.

    Raises:
        CoachError: it cannot be kept.
    """
    now = now or datetime.now(timezone.utc)
    name = hashlib.sha256(" ".join(sorted(addresses)).encode()).hexdigest()[:16]
    file = folder / f"certificate-{name}.pem"
    kept = _still_good(file, now)
    try:
        if kept is None:
            folder.mkdir(PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
            kept = _made(addresses, now, file)
    except OSError as error:
        reason = error_reason(error)
        text = tr("cannot keep the certificate for the phone in {folder}: {reason}", folder=folder, reason=reason)
        raise CoachError(text) from error
    return PhoneCertificate(file, kept.public_bytes(serialization.Encoding.DER))


def _still_good(file: Path, now: datetime) -> x509.Certificate | None:
    """The certificate in `file`, unless it ends soon or cannot be used."""
    with suppress(OSError, ValueError):
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file)  # the key fits too
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        return certificate if certificate.not_valid_after_utc - now > RENEWED else None
    return None


def _made(addresses: Sequence[str], now: datetime, file: Path) -> x509.Certificate:
    """Make a certificate, and keep it with its key in `file`."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _described(addresses, now, key.public_key()).sign(key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_atomically(file, secret + certificate.public_bytes(serialization.Encoding.PEM))
    return certificate


def _described(addresses: Sequence[str], now: datetime, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    """What the certificate says. Whoever trusts it trusts it for these addresses alone (RFC 5280, 4.2.1.10)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Coach studio on {addresses[0]}")])
    parsed = [ipaddress.IPv4Address(address) for address in addresses]
    names = [x509.IPAddress(address) for address in parsed]
    only_these = [x509.IPAddress(ipaddress.IPv4Network(address)) for address in parsed]
    uses = dict.fromkeys(_USES, True) | dict.fromkeys(_NO_USES, False)
    return (
        x509.CertificateBuilder(name, name, key, x509.random_serial_number(), now - _SLACK, now + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.NameConstraints(only_these, None), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**uses), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False)
    )
