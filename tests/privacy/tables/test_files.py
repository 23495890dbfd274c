"""Reading CSV as hospitals export it, and refusing what is no table, without showing a cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from privacy.errors import SourceError
from privacy.schema import Schema
from privacy.tables import canonical, read_table

SECRET = "Mrs-Example-4711"


def csv(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="this is a folder; name one file"):
        read_table(tmp_path)


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
            (f"a,b\n1,2\n3,{SECRET},5\n", "row 3 has 3 cells, the header has 2"),
            (f"a,b\n1,2\n{SECRET}\n", "row 3 has 1 cells, the header has 2"),
            (f"a,b,a\n1,{SECRET},3\n", "column a: stands twice"),
            (f",b\n1,{SECRET}\n", "column 1 has no name"),
            (f"a|b\n1|{SECRET}\n", "not separated by commas, semicolons or tabs"),
            (f"a;b\n1;2\n3;{SECRET};5\n", "row 3 has 3 cells, the header has 2"),
            (f"a\tb\n1\t2\n{SECRET}\n", "row 3 has 1 cells, the header has 2"),
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
        with pytest.raises(SourceError, match="no such file"):
            read_table(tmp_path / "t.xlsx")
        (tmp_path / "t.xlsx").write_bytes(b"")
        with pytest.raises(SourceError, match=r"use one of \.csv"):
            read_table(tmp_path / "t.xlsx")
