"""Foreign frames, and bringing them into canonical form."""

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
