"""The source key: made once, private to its user, and never guessed at."""

import stat

import pytest

from privacy import ConfigError
from tabsynth.keys import default_key_path, keyed_hash, load_key


def test_the_users_own_key_is_made_once_and_only_the_user_reads_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    first = load_key()
    assert len(first) == 32
    assert load_key() == first
    assert stat.S_IMODE(default_key_path().stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "abc", "zz" * 32, "00" * 31])
def test_a_damaged_key_file_is_refused_without_showing_it(tmp_path, content):
    path = tmp_path / "source.key"
    path.write_text(content)
    with pytest.raises(ConfigError, match="is not a source key") as caught:
        load_key(path)
    assert not content or content not in str(caught.value)


def test_a_named_key_file_is_never_made(tmp_path):
    with pytest.raises(ConfigError):
        load_key(tmp_path / "missing.key")
    assert list(tmp_path.iterdir()) == []


def test_hashes_for_different_purposes_or_keys_have_nothing_in_common():
    content = b"the same"
    hashes = {keyed_hash(key, purpose, content) for key in (b"a" * 32, b"b" * 32) for purpose in ("x", "y")}
    assert len(hashes) == 4
    assert keyed_hash(b"a" * 32, "x", content) in hashes
