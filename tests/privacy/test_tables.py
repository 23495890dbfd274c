"""Reading files and frames, and bringing them into canonical form."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings, strategies as st

from privacy.errors import SchemaError, SourceError
from privacy.schema import Column, Kind, Schema
from privacy.tables import as_frame, canonical, read_table

SECRET = "Mrs-Example-4711"


def csv(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def schema(**kinds: Kind) -> Schema:
    return Schema(columns=tuple(Column(name=name, kind=kind) for name, kind in kinds.items()))


def only(kind: Kind, values: Any, dtype: Any = None) -> list[Any]:
    """The canonical values of a table with this one column."""
    frame = pd.DataFrame({"x": pd.Series(values, dtype=dtype)})
    return list(canonical(frame, schema(x=kind), table="train")["x"])


class TestCsvCells:
    def test_numbers_are_numbers_and_empty_cells_are_missing(self, tmp_path: Path) -> None:
        frame = read_table(csv(tmp_path, "whole,gaps,real,word\n1,4,0.5,a\n-2,,1e-05,\n3,6,.25,c\n"))
        assert frame["whole"].tolist() == [1, -2, 3] and frame["whole"].dtype == np.int64
        assert frame["gaps"].dtype == pd.Int64Dtype() and frame["gaps"].isna().tolist() == [
            False,
            True,
            False,
        ]
        assert frame["real"].tolist() == [0.5, 1e-05, 0.25]
        assert frame["word"].tolist() == ["a", None, "c"]

    @pytest.mark.parametrize(
        "cell", ["02139", "+4930123", "1,5", "0x10", "12E5", "1_000", "٣", "12345678901234567890"]
    )
    def test_what_would_lose_something_as_a_number_stays_text(self, tmp_path: Path, cell: str) -> None:
        frame = read_table(csv(tmp_path, f'code\n7\n"{cell}"\n'))
        assert frame["code"].tolist() == ["7", cell]

    def test_whole_numbers_beyond_two_to_the_53_keep_their_digits(self, tmp_path: Path) -> None:
        frame = read_table(csv(tmp_path, "id,mixed\n9007199254740993,0.5\n,9007199254740993\n"))
        assert frame["id"][0] == 9007199254740993
        assert frame["mixed"].tolist() == ["0.5", "9007199254740993"]

    @pytest.mark.parametrize("marker", ["NA", "NaN", "nan", "null", "NULL", "None", "N/A", "n/a"])
    def test_markers_are_missing_among_numbers_and_text_among_texts(
        self, tmp_path: Path, marker: str
    ) -> None:
        frame = read_table(csv(tmp_path, f"number,word\n1,x\n{marker},{marker}\n"))
        assert frame["number"].isna().tolist() == [False, True]
        assert frame["word"].tolist() == ["x", marker]

    def test_names_and_texts_survive_whatever_they_hold(self, tmp_path: Path) -> None:
        content = '\ufeff"a ""b""\n<b>",it\'s\n"O\'Brien, ""x""\r\n",<script>\n 12,=1+1\n'
        frame = read_table(csv(tmp_path, content))
        assert list(frame.columns) == ['a "b"\n<b>', "it's"]
        assert frame.iloc[:, 0].tolist() == ['O\'Brien, "x"\r\n', " 12"]
        assert frame.iloc[:, 1].tolist() == ["<script>", "=1+1"]

    def test_blank_cells_of_a_single_column_are_rows(self, tmp_path: Path) -> None:
        assert read_table(csv(tmp_path, "x\n1\n\n3\n"))["x"].isna().tolist() == [False, True, False]

    @settings(deadline=None, derandomize=True, max_examples=60)
    @given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), min_size=1, max_size=20))
    def test_any_text_written_by_pandas_is_read_back_exactly(self, rows: list[tuple[str, str]]) -> None:
        import tempfile

        rows = [("start", "start"), *rows]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "t.csv"
            pd.DataFrame(rows, columns=["a", "b"]).to_csv(path, index=False, quoting=1, encoding="utf-8")
            frame = read_table(path)
        expected = [[cell or None for cell in row] for row in rows]
        assert frame.to_numpy(dtype=object).tolist() == expected


class TestCsvWithOtherSeparators:
    @pytest.mark.parametrize("separator", [";", "\t"])
    def test_a_table_as_german_and_french_offices_export_it(
        self,
        tmp_path: Path,
        people: Callable[[int, int], pd.DataFrame],
        people_schema: Schema,
        separator: str,
    ) -> None:
        frame = people(300, 1)
        frame.to_csv(tmp_path / "t.csv", index=False, sep=separator, decimal=",", quoting=1)
        assert "," in (tmp_path / "t.csv").read_text()
        read = read_table(tmp_path / "t.csv")
        assert read["cost"].dtype == np.float64
        expected = canonical(frame, people_schema, table="t")
        pd.testing.assert_frame_equal(canonical(read, people_schema, table="t"), expected)

    @pytest.mark.parametrize(
        ("content", "names"),
        [
            ("a;b\n1;2\n", ["a", "b"]),
            ("\ufeff\r\na\tb\r\n1\t2\r\n", ["a", "b"]),
            ("a;b,c\n1;2,3\n", ["a;b", "c"]),
            ("a\tb;c\n1\t2;3\n", ["a\tb", "c"]),
            ('a;"b, or\n""c"""\n1;2\n', ["a", 'b, or\n"c"']),
            ('"a;b",c\n1;2,3\n', ["a;b", "c"]),
            ('"a,b;c"\n1;2\n', ["a,b;c"]),
            ('5" disk;b\n1;2\n', ['5" disk', "b"]),
            ("a\n1;2\n", ["a"]),
        ],
    )
    def test_the_separator_is_the_one_in_the_header_outside_quotes(
        self, tmp_path: Path, content: str, names: list[str]
    ) -> None:
        assert list(read_table(csv(tmp_path, content)).columns) == names

    @pytest.mark.parametrize(
        ("cells", "numbers"),
        [
            (["1,5", "-2", "", ",25"], [1.5, -2.0, np.nan, 0.25]),
            (["NA", "0,5", " 3,0 "], [np.nan, 0.5, 3.0]),
            (["1,5e-05", "1e-05"], [1.5e-05, 1e-05]),
            (["1.5", "2"], [1.5, 2.0]),
        ],
    )
    def test_a_decimal_comma_makes_a_number(
        self, tmp_path: Path, cells: list[str], numbers: list[float]
    ) -> None:
        frame = read_table(csv(tmp_path, "x;y\n" + "".join(f"{cell};,\n" for cell in cells)))
        np.testing.assert_array_equal(frame["x"], numbers)
        assert frame["y"].tolist() == [","] * len(cells)

    @pytest.mark.parametrize(
        "cell", ["1.234,5", "1,234,567", "2.5", "1 234,5", "01,5", "02139", "12345678901234567,5", "1,5 mg"]
    )
    def test_one_cell_in_doubt_keeps_the_column_as_text(self, tmp_path: Path, cell: str) -> None:
        frame = read_table(csv(tmp_path, f"x;y\n1,5;1\n{cell};2\n"))
        assert frame["x"].tolist() == ["1,5", cell]

    def test_whole_numbers_codes_and_quoted_breaks_are_read_as_with_commas(self, tmp_path: Path) -> None:
        content = 'id;code;note\n9007199254740993;02139;"a;b\r\n""c"""\n1;7;,\n'
        frame = read_table(csv(tmp_path, content))
        assert frame["id"].tolist() == [9007199254740993, 1]
        assert frame["code"].tolist() == ["02139", "7"]
        assert frame["note"].tolist() == ['a;b\r\n"c"', ","]


class TestFilesThatCannotBeRead:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ("", "is empty"),
            ("\n\n", "is empty"),
            (f"a,b\n1,2\n3,{SECRET},5\n", "a row has 3 cells, the header has 2"),
            (f"a,b\n1,2\n{SECRET}\n", "a row has 1 cells, the header has 2"),
            (f"a,b,a\n1,{SECRET},3\n", "column a: stands twice"),
            (f",b\n1,{SECRET}\n", "column 1 has no name"),
            (f"a|b\n1|{SECRET}\n", "not separated by commas, semicolons or tabs"),
            (f"a;b\n1;2\n3;{SECRET};5\n", "a row has 3 cells, the header has 2"),
            (f"a\tb\n1\t2\n{SECRET}\n", "a row has 1 cells, the header has 2"),
            (f"a;b;\n1;{SECRET};3\n", "column 3 has no name"),
            (f'a;b\n1;"{SECRET}\n3;"4"\n5;6\n', "quote"),
            (f'a,b\n1,"{SECRET}\n3,4\n5,6\n', "quote"),
            (f'a,b\n1,"{SECRET}\n3,"4"\n5,6\n', "quote"),
            (f"a,b\n1,{SECRET}ü\n".encode("cp1252"), "not UTF-8 text; save it as UTF-8"),
            (f"Größe;b\n1;{SECRET}\n".encode("cp1252"), "not UTF-8 text; save it as UTF-8"),
            (f"a,b\n1,{SECRET}\n".encode("utf-16"), "not UTF-8"),
        ],
    )
    def test_a_broken_csv_is_one_line_with_advice_and_no_cell(
        self, tmp_path: Path, content: str | bytes, says: str
    ) -> None:
        with pytest.raises(SourceError) as caught:
            read_table(csv(tmp_path, content))
        message = str(caught.value)
        assert says in message and "; " in message
        assert "\n" not in message and SECRET not in message

    @pytest.mark.parametrize("ending", [".parquet", ".arrow", ".feather"])
    @pytest.mark.parametrize("content", [b"", b"garbage" * 50, b"PAR1" + b"\0" * 40 + b"PAR1"])
    def test_a_corrupt_binary_file(self, tmp_path: Path, ending: str, content: bytes) -> None:
        path = tmp_path / f"t{ending}"
        path.write_bytes(content)
        with pytest.raises(SourceError) as caught:
            read_table(path)
        assert "\n" not in str(caught.value)

    def test_a_truncated_parquet_file(
        self, tmp_path: Path, people: Callable[[int, int], pd.DataFrame]
    ) -> None:
        path = tmp_path / "t.parquet"
        people(500, 0).to_parquet(path)
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(SourceError, match="readable parquet"):
            read_table(path)

    def test_no_file_a_folder_and_an_unknown_ending(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="no such file"):
            read_table(tmp_path / "none.csv")
        (tmp_path / "folder.csv").mkdir()
        with pytest.raises(SourceError, match="folder"):
            read_table(tmp_path / "folder.csv")
        with pytest.raises(SourceError, match=r"use one of \.csv"):
            read_table(tmp_path / "t.xlsx")


class TestForeignTables:
    def test_the_same_table_from_every_format(
        self, tmp_path: Path, people: Callable[[int, int], pd.DataFrame], people_schema: Schema
    ) -> None:
        frame = people(300, 1)
        expected = canonical(frame, people_schema, table="t")
        frame.to_csv(tmp_path / "t.csv", index=False)
        frame.to_parquet(tmp_path / "t.parquet")
        feather.write_feather(frame, str(tmp_path / "t.feather"))
        arrow = pa.Table.from_pandas(frame)
        with (
            pa.OSFile(str(tmp_path / "t.arrow"), "wb") as sink,
            pa.ipc.new_stream(sink, arrow.schema) as stream,
        ):
            stream.write_table(arrow)
        tables: list[Any] = [
            read_table(tmp_path / f"t{e}") for e in (".csv", ".parquet", ".feather", ".arrow")
        ]
        tables += [arrow, frame.convert_dtypes(), frame.convert_dtypes(dtype_backend="pyarrow")]
        tables += [frame.astype({"sex": "category", "area": "category", "smoker": "category"})]
        for table in tables:
            pd.testing.assert_frame_equal(canonical(table, people_schema, table="t"), expected)

    def test_anything_with_the_arrow_c_stream_is_a_table(self) -> None:
        class Stream:
            def __arrow_c_stream__(self, requested_schema: object = None) -> object:
                return pa.table({"x": [1, 2]}).__arrow_c_stream__(requested_schema)

        assert as_frame(Stream())["x"].tolist() == [1, 2]
        with pytest.raises(SourceError, match="a dict is not a table"):
            as_frame({"x": [1]})

    def test_names_become_text_and_the_index_fresh(self) -> None:
        frame = pd.DataFrame({0: [1, 2], "a": [3, 4]}, index=[7, 7])
        assert list(as_frame(frame).columns) == ["0", "a"]
        assert list(as_frame(frame).index) == [0, 1]
        assert list(as_frame(frame.set_index("a")).columns) == ["a", "0"]

    @pytest.mark.parametrize(
        ("frame", "says"),
        [
            (pd.DataFrame([[1, 2]], columns=[0, "0"]), "column 0: two columns have this name"),
            (pd.DataFrame([[1]], columns=[" "]), "column 1 has no name"),
            (pd.DataFrame([[1]], columns=[None]), "column 1 has no name"),
            (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "several levels"),
            (pd.DataFrame({"nest": [[1], [2]]}), "column nest: holds values"),
            (pd.DataFrame({"nest": [{"k": SECRET}]}), "column nest: holds values"),
            (pd.DataFrame({"raw": [b"\0"]}), "column raw: holds values"),
            (pd.DataFrame({"z": [1j]}), "column z: holds values"),
            (pd.DataFrame({"t": [timedelta(1)]}), "column t: holds values"),
            (pd.DataFrame({"u": ["\ud800"]}), "column u: holds text that is not Unicode"),
        ],
    )
    def test_what_is_no_plain_table_is_refused_by_name(self, frame: pd.DataFrame, says: str) -> None:
        with pytest.raises(SourceError, match=says) as caught:
            as_frame(frame)
        assert SECRET not in str(caught.value)

    def test_nested_parquet_columns_are_refused(self, tmp_path: Path) -> None:
        parquet.write_table(pa.table({"nest": [[1, 2], [3]]}), tmp_path / "t.parquet")
        with pytest.raises(SourceError, match="column nest"):
            read_table(tmp_path / "t.parquet")


class TestColumns:
    def test_schema_order_and_optional_columns(self) -> None:
        frame = pd.DataFrame({"b": ["x"], "a": [1]})
        want = schema(a=Kind.NUMERIC, b=Kind.CATEGORICAL, c=Kind.ID)
        assert list(canonical(frame, want, table="t", optional=frozenset({"c"})).columns) == ["a", "b"]

    def test_missing_extra_and_repeated_columns_are_named(self) -> None:
        want = schema(a=Kind.NUMERIC, b=Kind.NUMERIC)
        with pytest.raises(SchemaError) as caught:
            canonical(pd.DataFrame({"a": [1], "evil\nname": [2]}), want, table="control")
        message = str(caught.value)
        assert "control" in message and "missing column b" in message
        assert "extra column evil\\nname: not in the schema" in message and "\n" not in message
        twice = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "b"])
        with pytest.raises(SchemaError, match="column b: stands twice"):
            canonical(twice, want, table="train")

    def test_no_rows(self) -> None:
        with pytest.raises(SchemaError, match="the train table has no rows"):
            canonical(pd.DataFrame({"a": []}), schema(a=Kind.NUMERIC), table="train")


class TestNumbers:
    @pytest.mark.parametrize(
        ("values", "dtype", "expected"),
        [
            ([1, None, 3], "Int64", [1.0, np.nan, 3.0]),
            ([1, 2], "uint8", [1.0, 2.0]),
            ([True, False], bool, [1.0, 0.0]),
            ([Decimal("1.50"), None], object, [1.5, np.nan]),
            (["1", " 2.5", "NA", "", None, "007"], object, [1.0, 2.5, np.nan, np.nan, np.nan, 7.0]),
            ([1, "2", 3.5, True], object, [1.0, 2.0, 3.5, 1.0]),
            ([None, None], object, [np.nan, np.nan]),
            ([np.nan, np.nan], float, [np.nan, np.nan]),
            ([1.5, None], "double[pyarrow]", [1.5, np.nan]),
            (["4", "5"], "category", [4.0, 5.0]),
        ],
    )
    def test_every_way_to_write_numbers(self, values: Any, dtype: Any, expected: list[float]) -> None:
        np.testing.assert_array_equal(only(Kind.NUMERIC, values, dtype), expected)

    def test_narrow_floats_equal_their_decimal_text(self) -> None:
        assert only(Kind.NUMERIC, [0.1, 2.7], "float32") == [0.1, 2.7]

    def test_minus_zero_is_zero(self) -> None:
        assert not np.signbit(only(Kind.NUMERIC, [-0.0])).any()

    def test_what_is_no_number_is_counted_and_not_shown(self) -> None:
        with pytest.raises(SchemaError, match="train: column x: 2 of 3 values are not numbers") as caught:
            only(Kind.NUMERIC, ["1", SECRET, "x"])
        assert SECRET not in str(caught.value) and "categorical" in str(caught.value)

    @pytest.mark.parametrize("values", [[1.0, np.inf, -np.inf], ["1", "inf", "-Infinity"]])
    def test_infinities_are_counted(self, values: Any) -> None:
        with pytest.raises(SchemaError, match="2 of 3 values are infinite"):
            only(Kind.NUMERIC, values)

    @pytest.mark.parametrize("values", [[2**53 + 1, 1], [2**80, 1]])
    def test_digits_are_not_lost_in_silence(self, values: list[int]) -> None:
        with pytest.raises(SchemaError, match="1 of 2 values: digits would be lost"):
            only(Kind.NUMERIC, values)


class TestTexts:
    @pytest.mark.parametrize(
        ("values", "dtype", "expected"),
        [
            ([1, "1", 1.0, "01"], object, ["1", "1", "1", "01"]),
            ([3.0, np.nan, 0.5], float, ["3", None, "0.5"]),
            ([0.1], "float32", ["0.1"]),
            ([2.0**53 - 1], float, [str(2**53 - 1)]),
            ([2**60, None], "Int64", [str(2**60), None]),
            ([True, False, None], "boolean", ["true", "false", None]),
            ([True, 1, "True"], object, ["true", "1", "True"]),
            ([Decimal("3.00"), Decimal("3.10")], object, ["3", "3.1"]),
            ([date(2020, 1, 31), None], object, ["2020-01-31", None]),
            (["2020-01-31", "2020-01-31 10:30"], "datetime64[ns]", ["2020-01-31", "2020-01-31 10:30:00"]),
            ([" a ", "", None, "NA", "é\n'\""], object, [" a ", None, None, "NA", "é\n'\""]),
            ([1, None, 2], "category", ["1", None, "2"]),
            (["b", None], "string[pyarrow]", ["b", None]),
            ([None], object, [None]),
        ],
    )
    def test_every_way_to_write_levels(self, values: Any, dtype: Any, expected: list[str | None]) -> None:
        assert only(Kind.CATEGORICAL, values, dtype) == expected


class TestTruth:
    def test_the_usual_words_in_any_case(self) -> None:
        words = ["TRUE", "t", "Yes", "y", "1", 1, 1.0, True, "False", "F", "no", "N", 0, False, None, ""]
        assert only(Kind.BOOLEAN, words) == ["true"] * 8 + ["false"] * 6 + [None, None]

    def test_other_words_are_counted(self) -> None:
        with pytest.raises(SchemaError, match="1 of 2 values are not true or false"):
            only(Kind.BOOLEAN, ["yes", SECRET])


class TestDates:
    @pytest.mark.parametrize(
        "values",
        [
            ["1970-01-02", "1970-01-01T12:00:00"],
            ["1970-01-02T01:00:00+01:00", "1970-01-01 12:00Z"],
            [pd.Timestamp("1970-01-02"), pd.Timestamp("1970-01-01 12:00")],
            [pd.Timestamp("1970-01-02", tz="UTC"), pd.Timestamp("1970-01-01 07:00", tz="America/New_York")],
            [
                datetime(1970, 1, 2, 1, tzinfo=timezone(timedelta(hours=1))),
                datetime(1970, 1, 1, 12, tzinfo=UTC),
            ],
            ["02.01.1970 00:00", "01.01.1970 12:00"],
            ["1/2/1970 12:00 AM", "1/1/1970 12:00 PM"],
        ],
    )
    def test_every_way_to_write_the_same_two_moments(self, values: Any) -> None:
        if not isinstance(values[0], str) or "/" not in values[0]:
            assert only(Kind.DATETIME, values) == [86400.0, 43200.0]
        else:
            assert only(Kind.DATETIME, [*values, "12/31/1970 12:00 AM"])[:2] == [86400.0, 43200.0]

    def test_time_zones_become_utc(self) -> None:
        zoned = pd.Series(pd.to_datetime(["1970-01-01 02:00"])).dt.tz_localize("Europe/Helsinki")
        assert only(Kind.DATETIME, zoned) == [0.0]

    def test_the_ends_of_the_calendar_and_gaps(self) -> None:
        seconds = only(Kind.DATETIME, ["9999-12-31", "0001-01-01", "", None])
        assert seconds[:2] == [253402214400.0, -62135596800.0] and np.isnan(seconds[2:]).all()
        assert only(Kind.DATETIME, [date(9999, 12, 31)]) == [253402214400.0]

    @pytest.mark.parametrize(
        "values", [["31.12.2020"], ["12/31/2020"], ["31/12/2020"], [20201231], ["31-Dec-2020"]]
    )
    def test_common_forms(self, values: Any) -> None:
        assert only(Kind.DATETIME, values) == [datetime(2020, 12, 31, tzinfo=UTC).timestamp()]

    def test_day_and_month_in_doubt_are_not_guessed(self) -> None:
        with pytest.raises(SchemaError, match="cannot be told apart; write dates as YYYY-MM-DD"):
            only(Kind.DATETIME, ["01/02/2020", "03/04/2020"])

    def test_what_is_no_date_is_counted_and_not_shown(self) -> None:
        with pytest.raises(SchemaError, match="2 of 3 values are not dates") as caught:
            only(Kind.DATETIME, ["2020-01-01", "2020-02-30", SECRET])
        assert SECRET not in str(caught.value)
        with pytest.raises(SchemaError, match="2 of 2 values are not dates"):
            only(Kind.DATETIME, [0.5, 17.0])

    @settings(deadline=None, derandomize=True, max_examples=60)
    @given(st.lists(st.datetimes(), min_size=1, max_size=10))
    def test_iso_texts_against_the_datetime_module(self, moments: list[datetime]) -> None:
        texts = [moment.isoformat(sep=" ") for moment in moments]
        expected = [(moment - datetime(1970, 1, 1)).total_seconds() for moment in moments]
        assert only(Kind.DATETIME, texts) == expected


def test_importing_privacy_brings_in_nothing_heavy() -> None:
    heavy = "{'torch', 'sdv', 'ctgan', 'anonymeter', 'tabsynth', 'sklearn', 'numba'}"
    code = f"import sys, privacy, privacy.tables, privacy.schema_file; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
