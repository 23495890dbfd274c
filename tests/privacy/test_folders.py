"""A folder appears whole or not at all, whatever interrupts its making."""

import errno

import pytest

from privacy.errors import ConfigError, SourceError
from privacy.folders import require_new, whole_file, whole_folder


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
