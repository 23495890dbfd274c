"""Keys and envelopes: what is signed, by whom, and that nothing else is taken for it."""

import base64
import hashlib
import stat
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from privacy import ConfigError
from tabsynth.lineage.envelope import Envelope, pae
from tabsynth.lineage.signing import PublicKey, load_public_key, load_signer, make_keys


@pytest.fixture
def keys(tmp_path):
    place = tmp_path / "maker.key"
    make_keys(place)
    return load_signer(place), load_public_key(tmp_path / "maker.key.pub")


def test_what_is_signed_is_the_encoding_of_the_protocol():
    """The example of the DSSE protocol, 29 and 11 counted by hand; then lengths in bytes, not in letters."""
    example = pae("http://example.com/HelloWorld", b"hello world")
    assert example == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


def test_the_signature_is_that_of_rfc_8032():
    """The second test vector of RFC 8032, 7.1: the message is one byte, 0x72."""
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    head = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: the SubjectPublicKeyInfo of Ed25519
    key = PublicKey.of_der(head + public)
    assert key.made(signature, b"\x72")
    assert not key.made(signature, b"\x73")
    assert key.id == hashlib.sha256(head + public).hexdigest()


def test_an_envelope_comes_back_as_it_was_and_is_signed_by_its_key_alone(keys, tmp_path):
    signer, public = keys
    envelope = Envelope.read(Envelope.around(b"what is said", signer).to_bytes())
    assert envelope is not None and envelope.body == b"what is said"
    assert envelope.signed_by(public)
    assert not envelope.signed_by(make_keys(tmp_path / "other.key"))
    assert not Envelope.around(b"what is said", None).signed_by(public)


def test_type_and_content_are_both_signed(keys):
    signer, public = keys
    envelope = Envelope.around(b"what is said", signer)
    for change in ({"payloadType": "text/plain"}, {"payload": base64.b64encode(b"something else").decode()}):
        assert not envelope.model_copy(update=change).signed_by(public)


def test_no_byte_of_an_envelope_changes_unnoticed(keys):
    """Unused bits at the end of base64 and white space in JSON included."""
    signer, public = keys
    content = Envelope.around(b"what is said", signer).to_bytes()
    for at in range(len(content)):
        for bit in (1, 4):
            changed = bytearray(content)
            changed[at] ^= bit
            envelope = Envelope.read(bytes(changed))
            assert envelope is None or not envelope.signed_by(public), f"byte {at}, bit {bit}"


def test_keys_are_private_new_and_paired(tmp_path, keys):
    signer, public = keys
    assert signer.public.id == public.id
    assert stat.S_IMODE((tmp_path / "maker.key").stat().st_mode) == 0o600
    assert repr(signer) == "Signer()"
    assert load_pem_private_key((tmp_path / "maker.key").read_bytes(), None), "a PEM file for everybody"
    (tmp_path / "maker.key").unlink()
    with pytest.raises(ConfigError, match=r"maker\.key\.pub: exists already"):
        make_keys(tmp_path / "maker.key")
    assert not (tmp_path / "maker.key").exists()


def test_a_key_lives_to_the_end_of_its_last_day(tmp_path):
    today = date.today()
    make_keys(tmp_path / "k", today + timedelta(days=1))
    assert load_signer(tmp_path / "k").public.id == load_public_key(tmp_path / "k.pub").id
    with pytest.raises(ConfigError, match="expired before its first use"):
        make_keys(tmp_path / "late", today - timedelta(days=2))
    of_maker, of_reader = "make a new one: tabsynth keygen", "ask for a release signed by a newer key"
    for name, load, way in (("k", load_signer, of_maker), ("k.pub", load_public_key, of_reader)):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text.replace(str(today + timedelta(days=1)), "2020-02-29"))
        with pytest.raises(ConfigError, match=f"this key expired on 2020-02-29; {way}"):
            load(tmp_path / name)
        (tmp_path / name).write_text(text.replace(str(today + timedelta(days=1)), "soon"))
        with pytest.raises(ConfigError, match="is no date"):
            load(tmp_path / name)


def test_whatever_is_no_key_of_ed25519_is_refused(tmp_path):
    make_keys(tmp_path / "k")
    foreign = generate_private_key(SECP256R1())
    public = foreign.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private = foreign.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    locked = load_signer(tmp_path / "k").key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )
    for content, why in ((private, "no private key"), (b"", "no private key"), (locked, "passphrase")):
        (tmp_path / "wrong").write_bytes(content)
        with pytest.raises(ConfigError, match=why):
            load_signer(tmp_path / "wrong")
    for content in (public, private, b"-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n"):
        (tmp_path / "wrong").write_bytes(content)
        with pytest.raises(ConfigError, match="no public key"):
            load_public_key(tmp_path / "wrong")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_public_key(tmp_path / "nowhere")
    with pytest.raises(ValueError):
        PublicKey.of_der(b"none")
