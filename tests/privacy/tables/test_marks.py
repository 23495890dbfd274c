"""Marks: what a table says of its own rows, in metadata or in a column, and how little it takes to be believed."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privacy.tables import read_marked, read_table
from privacy.tables.marks import MARK, RowMark, lifted

ONE, TWO = RowMark(1, "copula", "0123456789abcdef"), RowMark(2, "tree")


def table(*words, **told):
    metadata = {f"tabsynth.{name}": text for name, text in told.items()}
    rows = max(len(words), 1)
    columns = {"a": pa.array(range(rows))} | ({MARK: pa.array(words, pa.string())} if words else {})
    return pa.table(columns).replace_schema_metadata(metadata or None)


@pytest.mark.parametrize("mark", [ONE, TWO, RowMark(3, "odd/name of mine")])
def test_a_mark_is_one_word_and_reads_back(mark):
    assert " " not in str(mark)
    assert RowMark.read(str(mark)) == mark


@pytest.mark.parametrize(
    "word", [None, "", "real", "synthetic", "synthetic/x/copula/-", "synthetic/1/copula/short"]
)
def test_no_other_word_is_a_mark(word):
    assert RowMark.read(word) is None


@pytest.mark.parametrize(
    ("said", "label", "generation"),
    [
        (table(), "real", 0),
        (table(str(ONE), str(TWO)), "synthetic", 2),
        (table(str(ONE), "real"), "mixed", 1),
        (table(str(ONE), None), "mixed", 1),
        (table(str(ONE), "whatever"), "mixed", 1),
        (table(synthetic="true", generation="3"), "synthetic", 3),
        (table(synthetic="mixed", generation="1"), "mixed", 1),
        (table(str(ONE), synthetic="mixed"), "mixed", 1),
        (table(None, synthetic="true", generation="2"), "mixed", 2),
    ],
)
def test_whoever_says_real_and_whoever_says_synthetic_are_both_believed(said, label, generation):
    plain, marks = lifted(said)
    assert (marks.label, marks.generation) == (label, generation)
    assert plain.column_names == ["a"]
    assert not plain.schema.metadata


def test_a_column_without_a_word_of_ours_is_the_users_own():
    own = table("Oslo", "real")
    plain, marks = lifted(own)
    assert plain.equals(own) and marks.label == "real"


def test_rows_are_counted_by_mark():
    marks = lifted(table(str(ONE), str(ONE), "real", None, "x"))[1]
    assert marks.counts == {ONE: 2, None: 3}
    assert marks.real_rows == 3
    assert marks.which_are_real().tolist() == [False, False, True, True, True]
    assert lifted(table(synthetic="mixed"))[1].which_are_real() is None


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".arrow"])
def test_the_column_outlives_every_format_and_reading_takes_it_off(tmp_path, ending):
    path = tmp_path / f"t{ending}"
    frame = pd.DataFrame({"a": [1, 2], MARK: pd.Categorical([str(ONE), "real"])})
    if ending == ".csv":
        frame.to_csv(path, index=False)
    elif ending == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_feather(path)
    assert list(read_table(path).columns) == ["a"]
    assert read_marked(path)[1].label == "mixed"


def test_metadata_survive_a_copy_by_pyarrow_without_the_column(tmp_path):
    pq.write_table(table(str(ONE), synthetic="true", generation="1"), tmp_path / "t.parquet")
    stripped = pq.read_table(tmp_path / "t.parquet").drop_columns([MARK])
    pq.write_table(stripped, tmp_path / "t.parquet")
    assert read_marked(tmp_path / "t.parquet")[1].label == "synthetic"
