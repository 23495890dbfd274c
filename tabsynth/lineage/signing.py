"""Ed25519 keys (RFC 8032) in PEM files: a private one that signs, a public one that recipients check with.

A line `expires: 2027-12-31` may stand above the PEM block, where RFC 7468 allows explanatory text. It is as
trustworthy as the key beside it: whoever hands over the one hands over the other.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from privacy import ConfigError, disk_errors, require_new_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LARGEST_FILE = 2**16
_EXPIRES = re.compile(rb"^expires: *(\S+) *$", re.MULTILINE)
_NEW_KEY = "make a new one: tabsynth keygen --out KEY"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key to check with. id: SHA-256 of its SubjectPublicKeyInfo (RFC 5280), in hexadecimal."""

    key: Ed25519PublicKey

    @property
    def der(self) -> bytes:
        """The SubjectPublicKeyInfo."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def id(self) -> str:
        return hashlib.sha256(self.der).hexdigest()

    def made(self, signature: bytes, content: bytes) -> bool:
        """Whether the owner of this key signed the content."""
        from cryptography.exceptions import InvalidSignature

        try:
            self.key.verify(signature, content)
        except InvalidSignature:
            return False
        return True

    @classmethod
    def of_der(cls, der: bytes) -> PublicKey:
        """The key in a SubjectPublicKeyInfo; ValueError when it is none of Ed25519."""
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        try:
            key = load_der_public_key(der)
        except UnsupportedAlgorithm:
            raise ValueError("no key of Ed25519") from None
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("no key of Ed25519")
        return cls(key)


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key; it cannot be printed."""

    key: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.key.public_key())

    def sign(self, content: bytes) -> bytes:
        """64 bytes."""
        return self.key.sign(content)

    def __repr__(self) -> str:
        return "Signer()"


def make_keys(place: Path, expires: date | None = None) -> PublicKey:
    """A new pair: the private key in `place`, readable by its owner alone, the public one in `place`.pub.

    ConfigError when either is there already or `expires` is over: no key is ever overwritten.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    if expires is not None and expires < _today():
        raise ConfigError("the key would have expired before its first use", where="--expires")
    beside = place.with_name(f"{place.name}.pub")
    for path in (place, beside):
        require_new_file(path)
    key = Ed25519PrivateKey.generate()
    head = b"" if expires is None else f"expires: {expires.isoformat()}\n".encode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with disk_errors(place):
        _write_new(beside, head + public, 0o644)
        _write_new(place, head + private, 0o600)
    return PublicKey(key.public_key())


def load_signer(place: Path) -> Signer:
    """The private key of a file; ConfigError when it is none, needs a passphrase or has expired."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = _current(place, _NEW_KEY)
    try:
        key = load_pem_private_key(content, password=None)
    except TypeError:
        raise ConfigError("is locked by a passphrase", where=str(place), todo="unlock it first") from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError("is no private key of Ed25519", where=str(place), todo=_NEW_KEY)
    return Signer(key)


def load_public_key(place: Path) -> PublicKey:
    """The public key of a file; ConfigError when it is none or has expired."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    content = _current(place, "ask for a release signed by a newer key")
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(
            "is no public key of Ed25519", where=str(place), todo="name the .pub file of whoever signed"
        )
    return PublicKey(key)


def _current(place: Path, renewal: str) -> bytes:
    """The content of a key file whose last day, if it names one, is not over. renewal: what to do when it is.

    An expired key is refused for old signatures, too: nothing but the signer's word says how old they are.
    """
    try:
        with place.open("rb") as file:
            content = file.read(LARGEST_FILE)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(place)) from None
    for text in _EXPIRES.findall(content):
        try:
            last = date.fromisoformat(text.decode("ascii"))
        except ValueError:
            raise ConfigError(
                "its line `expires:` is no date", where=str(place), todo="write YYYY-MM-DD"
            ) from None
        if last < _today():
            raise ConfigError(
                f"this key expired on {last}",
                where=str(place),
                todo=renewal,
            )
    return content


def _today() -> date:
    return datetime.now(UTC).date()


def _write_new(path: Path, content: bytes, mode: int) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
