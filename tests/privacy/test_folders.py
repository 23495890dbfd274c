"""A folder appears whole or not at all, whatever interrupts its making."""

import errno
from pathlib import Path

import pytest

from privacy.errors import ConfigError, SourceError
from privacy.folders import require_new, require_new_file, require_place, whole_file, whole_folder


def left_behind(parent):
    return sorted(path.name for path in parent.iterdir())


def test_a_folder_appears_with_all_its_files(tmp_path):
    with whole_folder(tmp_path / "out") as draft:
        (draft / "a").write_text("1")
        assert left_behind(tmp_path) == [draft.name], "the final name must not exist before the end"
    assert left_behind(tmp_path) == ["out"]
    assert (tmp_path / "out" / "a").read_text() == "1"


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, MemoryError, ValueError])
def test_whatever_interrupts_leaves_nothing(tmp_path, interruption):
    def interrupted() -> None:
        with whole_folder(tmp_path / "out") as draft:
            (draft / "data.parquet").write_text("half")
            raise interruption

    with pytest.raises(interruption):
        interrupted()
    assert left_behind(tmp_path) == []


def test_a_full_disk_is_one_line_that_says_what_to_do(tmp_path):
    def filled() -> None:
        with whole_folder(tmp_path / "out"):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(SourceError, match="No space left on device; free some space") as caught:
        filled()
    assert "\n" not in str(caught.value)
    assert left_behind(tmp_path) == []


def test_a_folder_in_use_is_refused_before_the_work_starts(tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(ConfigError, match="exists already"):
        require_new(tmp_path)
    assert left_behind(tmp_path) == ["mine"]


def test_a_link_is_something_wherever_it_points(tmp_path):
    (tmp_path / "empty").mkdir()
    for name, target in (("to-folder", "empty"), ("to-nowhere", "nowhere")):
        (tmp_path / name).symlink_to(target)
        with pytest.raises(ConfigError, match="exists already"):
            require_new(tmp_path / name)
    with pytest.raises(ConfigError, match="exists already"):
        require_new_file(tmp_path / "to-nowhere")


def test_a_place_is_tried_and_nothing_is_left_of_the_trial(tmp_path):
    require_new(tmp_path / "deep" / "er" / "out")
    require_new_file(tmp_path / "a")
    require_place(tmp_path / "a")
    assert left_behind(tmp_path) == []
    (tmp_path / "a").write_text("1")
    require_place(tmp_path / "a")
    with pytest.raises(ConfigError, match="exists already"):
        require_new_file(tmp_path / "a")
    for asking in (require_new, require_new_file):
        with pytest.raises(SourceError, match="File name too long"):
            asking(tmp_path / ("x" * 300))
    with pytest.raises(SourceError, match="Not a directory"):
        require_new(tmp_path / "a" / "out")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no folder in which nobody can write")
def test_where_nobody_can_write_is_said_before_the_work(tmp_path):
    for asking in (require_new, require_new_file, require_place):
        with pytest.raises(SourceError, match="cannot be written"):
            asking(Path("/proc/x"))
    with pytest.raises(ConfigError, match="a new folder inside it"):
        require_new(Path("/"), replacing=frozenset(path.name for path in Path("/").iterdir()))


def test_only_the_files_named_as_ours_are_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "audit.json").write_text("old")
    with whole_folder(tmp_path / "out", replacing=frozenset({"audit.json"})) as draft:
        (draft / "audit.json").write_text("new")
    assert (tmp_path / "out" / "audit.json").read_text() == "new"
    with pytest.raises(ConfigError), whole_folder(tmp_path / "out", replacing=frozenset({"other"})):
        pass
    assert (tmp_path / "out" / "audit.json").read_text() == "new"


def test_a_file_appears_when_it_is_complete(tmp_path):
    (tmp_path / "a").write_text("old")
    with whole_file(tmp_path / "a") as draft:
        draft.write_text("new")
        assert (tmp_path / "a").read_text() == "old"
    assert (tmp_path / "a").read_text() == "new"
    assert left_behind(tmp_path) == ["a"]
