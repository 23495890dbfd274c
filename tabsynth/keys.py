"""The source key: the secret that decides who is held back as control, and that hides the source's hash.

With it, anybody could tell from a person's identifier on which side of the split that person fell; so it is
not derived from the seed, is kept with the source, and never enters a model, an audit or a bundle.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from privacy import ConfigError, disk_errors

KEY_BYTES = 32


def default_key_path() -> Path:
    """Where the key lives unless the user names a file: the state folder of this user."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "tabsynth" / "source.key"


def load_key(path: Path | None = None) -> bytes:
    """The key in `path`, 64 hexadecimal digits. Without a path: the user's own key, made on first use."""
    place = path or default_key_path()
    if path is None and not place.exists():
        with disk_errors(place):
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(KEY_BYTES) + "\n")
    try:
        key = bytes.fromhex(place.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(
            "is not a source key", where=str(place), todo="make one: openssl rand -hex 32 > source.key"
        )
    return key


def keyed_hash(key: bytes, purpose: str, content: bytes) -> str:
    """HMAC-SHA256 of `content` as hexadecimal; `purpose` keeps hashes of different things apart."""
    return hmac.new(key, purpose.encode() + b"\0" + content, hashlib.sha256).hexdigest()
