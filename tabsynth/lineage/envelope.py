"""DSSE v1.0.2: an envelope of JSON around signed bytes.

https://github.com/secure-systems-lab/dsse, protocol.md and envelope.md. Of what the protocol leaves open: Ed25519
signs, the key id is `PublicKey.id`, and of all ways to write an envelope down we read our own alone, so that no
byte of it can change unnoticed. Without a signature the list of signatures is empty.
"""

from __future__ import annotations

import base64
import binascii

from pydantic import BaseModel, ConfigDict, ValidationError

from tabsynth.lineage.signing import PublicKey, Signer

IN_TOTO = "application/vnd.in-toto+json"
"""The type of a payload that is an in-toto statement."""


class Signature(BaseModel):
    """sig: base64. keyid: whose key to try; never a reason to believe."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keyid: str
    sig: str


class Envelope(BaseModel):
    """payload: base64 of the signed bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    payloadType: str
    payload: str
    signatures: tuple[Signature, ...] = ()

    @classmethod
    def around(cls, body: bytes, signer: Signer | None, kind: str = IN_TOTO) -> Envelope:
        """The bytes in an envelope, signed where there is somebody to sign."""
        signatures: tuple[Signature, ...] = ()
        if signer is not None:
            signature = _base64(signer.sign(pae(kind, body)))
            signatures = (Signature(keyid=signer.public.id, sig=signature),)
        return cls(payloadType=kind, payload=_base64(body), signatures=signatures)

    @classmethod
    def read(cls, content: bytes) -> Envelope | None:
        """The envelope in a file's content; None when it is not as we write one."""
        try:
            envelope = cls.model_validate_json(content)
            texts = [envelope.payload, *(signature.sig for signature in envelope.signatures)]
            whole = envelope.to_bytes() == content and all(_base64(_decoded(text)) == text for text in texts)
        except (ValidationError, ValueError):
            return None
        return envelope if whole else None

    @property
    def body(self) -> bytes:
        """The signed bytes."""
        return _decoded(self.payload)

    def signed_by(self, key: PublicKey) -> bool:
        """Whether one of the signatures is of this key, and says so: a key id can only rule a key out."""
        content = pae(self.payloadType, self.body)
        own = [signature.sig for signature in self.signatures if signature.keyid == key.id]
        return any(key.made(_decoded(sig), content) for sig in own)

    def to_bytes(self) -> bytes:
        """The one way this envelope is written."""
        return self.model_dump_json(indent=1).encode() + b"\n"


def pae(kind: str, body: bytes) -> bytes:
    """The pre-authentication encoding: what is signed, so that type and bytes cannot be cut elsewhere."""
    name = kind.encode()
    return b" ".join((b"DSSEv1", str(len(name)).encode(), name, str(len(body)).encode(), body))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decoded(text: str) -> bytes:
    """No bytes where the text is not base64: neither a statement nor a signature is that short."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
