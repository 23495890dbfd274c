"""Files and folders that appear whole or not at all: written beside their place, then renamed into it."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from privacy.errors import ConfigError, SourceError


def require_new(folder: Path, replacing: frozenset[str] = frozenset()) -> None:
    """ConfigError unless `folder` is new, empty, or holds nothing but files named in `replacing`.

    SourceError when it cannot be made, which is tried: said before the work, not after it.
    """
    with disk_errors(folder):
        if _is_there(folder) and (
            folder.is_symlink()
            or not folder.is_dir()
            or any(path.name not in replacing for path in folder.iterdir())
        ):
            raise ConfigError("exists already", where=str(folder), todo="name a new folder with --out")
        if folder.is_mount():
            raise ConfigError(
                "is where a disk begins and cannot be replaced",
                where=str(folder),
                todo="name a new folder inside it with --out",
            )
        nearest = next(place for place in (*folder.parents, Path()) if _is_there(place))
        _draft_folder(folder, nearest).rmdir()


def require_place(path: Path) -> None:
    """ConfigError or SourceError unless a file can be made at `path`, which is tried: said before the work."""
    with disk_errors(path):
        if path.is_dir():
            raise ConfigError("is a folder", where=str(path), todo="name a file with --out")
        if not path.parent.is_dir():
            raise ConfigError("has no folder to lie in", where=str(path), todo="make the folder first")
        draft = _draft_file(path)
        draft.touch(exist_ok=False)
        draft.unlink()


def require_new_file(path: Path) -> None:
    """As `require_place`, and ConfigError where there is something already: nothing is written over."""
    require_place(path)
    with disk_errors(path):
        if _is_there(path):
            raise ConfigError("exists already", where=str(path), todo="name another file with --out")


@contextmanager
def whole_folder(folder: Path, replacing: frozenset[str] = frozenset()) -> Iterator[Path]:
    """A private temporary folder that becomes `folder` when the block ends well, and vanishes otherwise."""
    require_new(folder, replacing)
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft_folder(folder, folder.parent)
    try:
        with disk_errors(folder):
            yield draft
            for path in draft.iterdir():
                _flush(path)
            if folder.exists():
                require_new(folder, replacing)
                shutil.rmtree(folder)
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path beside `path` that takes its place when the block ends well.

    Otherwise it vanishes. Raises OSError as the system does: see `disk_errors`.
    """
    draft = _draft_file(path)
    try:
        yield draft
        _flush(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns the system's write errors into one line that says what to do."""
    try:
        yield
    except OSError as error:
        advice = "free some space" if error.errno == errno.ENOSPC else "check the path and its permissions"
        raise SourceError(
            f"cannot be written: {error.strerror or type(error).__name__}", where=str(path), todo=advice
        ) from None


def _is_there(path: Path) -> bool:
    """Whether there is anything of that name, a link into nowhere, too. OSError for a name that cannot be."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _draft_folder(folder: Path, place: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=f".{folder.name}.partial-", dir=place))


def _draft_file(path: Path) -> Path:
    return path.with_name(f".{secrets.token_hex(8)}.part")


def _flush(path: Path) -> None:
    """Force a file to disk, so that a full disk is noticed before the rename."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
