"""Blends: shares met exactly, no row twice, each with its origin, and nothing written where that is in doubt."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from privacy import MARK, BundleError, ConfigError, SchemaError, SourceError, read_marked
from tabsynth.blend import Kind, Part, Strata, blend, read_part, written_part
from tabsynth.blend.columns import alike
from tabsynth.blend.parts import Written, share_of
from tabsynth.blend.writing import write_blend
from tabsynth.lineage.ancestry import real
from tabsynth.lineage.sidecar import sidecar_of
from tabsynth.lineage.signing import load_signer
from tabsynth.source import write_arrow
from tests.tabsynth.blend_cases import drawn, frame, made_files


def part(rows, seed, share, generator=None, generation=1):
    lineage = drawn(generator, rows, generation) if generator else real(rows)
    words = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), [lineage.mark])
    return Part(pa.Table.from_pandas(frame(rows, seed), preserve_index=False), words, lineage, share)


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture
def files(tmp_path):
    return made_files(tmp_path)


class TestShares:
    @pytest.mark.parametrize(
        ("rows", "shares", "counts"),
        [
            (10, (0.3, 0.5, 0.2), (3, 5, 2)),
            (10, (1 / 3, 1 / 3, 1 / 3), (4, 3, 3)),
            (7, (0.5, 0.25, 0.25), (3, 2, 2)),
            (3, (0.9, 0.05, 0.05), (3, 0, 0)),
        ],
    )
    def test_they_are_met_by_largest_remainder(self, rows, shares, counts):
        """By hand; in the third case the quotas are 3.5, 1.75 and 1.75."""
        parts = [part(20, seed, share, f"g{seed}") for seed, share in enumerate(shares)]
        done = blend(parts, rows, rng())
        assert done.counts == counts
        assert done.table.num_rows == rows
        words = done.table[MARK].to_pandas()
        assert tuple((words == p.lineage.mark).sum() for p in parts) == counts

    def test_no_row_is_taken_twice_and_each_says_where_it_came_from(self):
        done = blend(
            [part(600, 0, 0.5), part(500, 1, 0.3, "tree"), part(300, 2, 0.2, "copula", 2)], 1000, rng()
        )
        rows = done.table.to_pandas()
        assert not rows["number"].duplicated().any()
        origin = {0: "real", 1: "synthetic/1/tree/-", 2: "synthetic/2/copula/-"}
        assert (rows[MARK] == (rows["number"] // 1_000_000).map(origin)).all()
        whole = pd.concat([frame(600, 0), frame(500, 1), frame(300, 2)]).set_index("number")
        taken = rows.set_index("number")
        assert taken["ward"].fillna("-").equals(whole.loc[taken.index, "ward"].fillna("-"))

    def test_every_row_is_as_likely_to_be_taken_and_stands_anywhere(self):
        """Over 2,000 blends of 5 of 20 rows: each is taken in a quarter of them, and first in a twentieth."""
        parts = [part(20, 0, 1.0, "tree")]
        draws = [blend(parts, 5, rng(seed)).table["number"].to_numpy() for seed in range(2000)]
        taken, first = (
            np.bincount(np.concatenate(draws), minlength=20),
            np.bincount([d[0] for d in draws], minlength=20),
        )
        assert abs(taken - 500).max() < 5 * np.sqrt(2000 * 0.25 * 0.75)
        assert abs(first - 100).max() < 5 * np.sqrt(2000 * 0.05 * 0.95)

    def test_the_same_seed_gives_the_same_rows(self):
        parts = [part(50, 0, 0.5), part(50, 1, 0.5, "tree")]
        assert blend(parts, 40, rng(1)).table.equals(blend(parts, 40, rng(1)).table)
        assert not blend(parts, 40, rng(1)).table.equals(blend(parts, 40, rng(2)).table)

    @pytest.mark.parametrize("shares", [(0.5, 0.4), (0.6, 0.5), (0.5, 1.5), (0.0, 1.0), (-0.5, 1.5)])
    def test_contradictory_ones_are_refused(self, shares):
        with pytest.raises(ConfigError, match="share"):
            blend([part(9, 0, shares[0]), part(9, 1, shares[1], "tree")], 5, rng())

    def test_too_few_rows_are_refused_and_counted(self):
        with pytest.raises(
            SourceError, match="--part 2: has 30 rows, and its share asks for 50; ask for fewer"
        ):
            blend([part(60, 0, 0.5), part(30, 1, 0.5, "tree")], 100, rng())
        with pytest.raises(SourceError, match="has fewer than 11 rows, and its share asks for 50"):
            blend([part(60, 0, 0.5), part(3, 1, 0.5, "tree")], 100, rng())


class TestAnchor:
    def test_a_real_part_without_a_share_is_the_anchor(self):
        assert blend([part(50, 0, None), part(200, 1, 0.7, "tree")], 100, rng()).counts == (30, 70)
        assert blend([part(50, 0, None), part(200, 1, 0.8, "tree")], 100, rng(), anchor=0.2).counts == (
            20,
            80,
        )
        with pytest.raises(ConfigError, match="--part 2: states no share"):
            blend([part(50, 0, None), part(200, 1, None, "tree")], 100, rng())

    def test_too_few_real_rows_are_warned_of(self):
        (warning,) = blend([part(100, 1, 1.0, "tree")], 100, rng()).warnings
        assert warning.startswith("0 % of the rows are real, under the anchor of 30 %")
        assert blend([part(100, 1, 1.0, "tree")], 100, rng(), anchor=0.0).warnings == ()
        assert blend([part(50, 0, 0.3), part(100, 1, 0.7, "tree")], 100, rng()).warnings == ()
        assert blend([part(50, 0, 0.05), part(100, 1, 0.95, "tree")], 100, rng()).warnings


class TestStrata:
    @pytest.mark.parametrize("column", ["sex", "ward", "well"])
    def test_each_part_keeps_its_own_shares_to_the_row(self, column):
        """Missing values are a level of their own."""
        parts = [part(500, 0, 0.5), part(700, 1, 0.5, "tree")]
        rows = blend(parts, 333, rng(), Strata(column)).table.to_pandas()
        for seed, word, size in ((0, "real", 167), (1, "synthetic/1/tree/-", 166)):
            whole = frame(500 if seed == 0 else 700, seed)[column].astype("string").fillna("missing")
            taken = rows[rows[MARK] == word][column].astype("string").fillna("missing")
            assert len(taken) == size
            quotas = whole.value_counts(normalize=True) * size
            assert (taken.value_counts().reindex(quotas.index) - quotas).abs().max() < 1

    def test_stated_ones_hold_in_every_part(self):
        parts = [part(500, 0, 0.5), part(500, 1, 0.5, "tree")]
        rows = blend(parts, 200, rng(), Strata("sex", {"female": 0.5, "male": 0.5})).table.to_pandas()
        assert rows.groupby(MARK, observed=True)["sex"].value_counts().to_list() == [50, 50, 50, 50]

    def test_whatever_cannot_be_is_refused(self):
        parts = [part(100, 0, 0.5), part(100, 1, 0.5, "tree")]
        with pytest.raises(
            SourceError, match=r"--part 1: has \d+ rows of level 1 of column sex, and its share asks for 90"
        ):
            blend(parts, 200, rng(), Strata("sex", {"female": 0.9, "male": 0.1}))
        with pytest.raises(SourceError, match="has fewer than 11 rows of level 1 of column sex"):
            blend(parts, 20, rng(), Strata("sex", {"other": 1.0}))
        with pytest.raises(ConfigError, match="no such column"):
            blend(parts, 20, rng(), Strata("shoe"))
        with pytest.raises(ConfigError, match="sum to 90"):
            Strata("sex", {"female": 0.5, "male": 0.4})


class TestColumns:
    def test_types_that_hold_the_same_are_joined(self):
        first = pa.table({"n": pa.array([1, 2], pa.int32()), "t": ["2024-01-01", None], "b": [True, None]})
        second = pa.table(
            {"b": ["false", "true"], "t": pd.to_datetime(["2024-02-01", "2024-02-02"]), "n": [1.5, 2.0]}
        )
        third = pa.table({"n": [7], "t": pa.array([None], pa.null()), "b": pa.array([True])})
        done = alike([first, second, third], ["1", "2", "3"])
        assert {table.schema for table in done} == {done[0].schema}
        assert [str(kind) for kind in done[0].schema.types] == ["double", "timestamp[ns]", "bool"]
        assert done[1].to_pylist()[0]["b"] is False
        words = pa.table({"w": pa.array(["x"]).dictionary_encode()})
        assert alike([words, pa.table({"w": ["y"]})], ["1", "2"])[0]["w"].type == pa.string()

    @pytest.mark.parametrize(
        ("other", "why"),
        [
            ({"a": [1]}, "misses b"),
            ({"a": [1], "b": ["x"], "c": [1]}, "has c too many"),
            ({"a": [1], "b": [2]}, "b: the parts hold different kinds"),
            ({"a": [True], "b": ["x"]}, "a: the parts hold different kinds"),
            ({"a": pa.array([2**60 + 1]), "b": ["x"]}, None),
        ],
    )
    def test_others_are_refused(self, other, why):
        first = pa.table({"a": [1], "b": ["x"]})
        if why is None:
            alike([first, pa.table(other)], ["1", "2"])
            return
        with pytest.raises(SchemaError, match=why):
            alike([first, pa.table(other)], ["1", "2"])

    @pytest.mark.parametrize(
        ("first", "second", "way"),
        [
            ("abcdef", "ab", "leave c, d, e and 1 more out of --part 1 "),
            ("ab", "abc", "leave c out of --part 2 "),
            ("abc", "abd", "leave c out of --part 1, and d out of --part 2 "),
        ],
    )
    def test_columns_too_many_are_named_with_the_part_that_has_them(self, first, second, way):
        tables = [pa.table({name: [1] for name in names}) for names in (first, second)]
        with pytest.raises(SchemaError) as refused:
            alike(tables, ["--part 1", "--part 2"])
        assert str(refused.value.todo).startswith(way)

    def test_codes_of_which_rare_ones_are_pooled_can_be_written_as_text(self):
        codes, pooled = pa.table({"a": [0, 7], "b": [1, 2]}), pa.table({"a": ["0", "other"], "b": [1, 2]})
        names = ["--part 1", "--part 2"]
        with pytest.raises(
            SchemaError, match=r"a: the parts hold .*; write a as text in --part 1; synthetic"
        ):
            alike([codes, pooled], names)
        as_text = codes.set_column(0, "a", codes["a"].cast(pa.string()))
        assert alike([as_text, pooled], names)[1] == pooled

    def test_values_that_would_lose_something_are_refused_unseen(self):
        with pytest.raises(SchemaError, match="2: column a: holds values that do not fit") as refused:
            alike([pa.table({"a": [1.5]}), pa.table({"a": [2**60 + 1]})], ["1", "2"])
        assert "1152921504606846977" not in str(refused.value)
        with pytest.raises(SchemaError, match="column a: holds values that do not fit"):
            alike([pa.table({"a": [True]}), pa.table({"a": ["secret"]})], ["1", "2"])
        with pytest.raises(SchemaError, match=r"2: column a: .*; write its dates as 2024-01-31"):
            alike([pa.table({"a": [pd.Timestamp("2024-01-01")]}), pa.table({"a": ["Mar-2018"]})], ["1", "2"])


class TestParts:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("real=a.parquet:30%", Written(Kind.REAL, Path("a.parquet"), 0.3)),
            ("release=dir/bundle:0.5", Written(Kind.RELEASE, Path("dir/bundle"), 0.5)),
            ("real=odd=name.csv", Written(Kind.REAL, Path("odd=name.csv"), None)),
        ],
    )
    def test_they_are_written_as_kind_place_and_share(self, text, written):
        assert written_part(text, "--part 1") == written

    @pytest.mark.parametrize(
        "text", ["a.parquet:30%", "true=a.parquet:30%", "real=a:x", "real=a:-1", "real=a:101%"]
    )
    def test_others_are_refused(self, text):
        with pytest.raises(ConfigError, match="--part 1"):
            written_part(text, "--part 1")

    @pytest.mark.parametrize("share", ["nan", "inf", "0", "-0.1", "1.01", "200%", "", "half"])
    def test_a_share_is_above_nothing_and_at_most_all(self, share):
        with pytest.raises(ConfigError):
            share_of(share, "here")

    def test_a_blend_without_its_column_is_no_part(self, files):
        """Its metadata say that there are real rows, and nothing says which."""
        done = blended(files, f"real={files}/real.parquet:40%", f"synthetic={files}/first.parquet:60%")
        write_arrow(done.table.drop_columns([MARK]), files / "one.parquet", done.lineage)
        with pytest.raises(BundleError, match="do not say where each of them came from"):
            read_part(Written(Kind.BLEND, files / "one.parquet", 0.5))

    def test_each_is_held_to_its_name(self, files):
        for kind, name, error, why in (
            ("real", "first.parquet", SourceError, "says itself that it is synthetic"),
            ("foreign", "second.csv", SourceError, "says itself that it is synthetic"),
            ("synthetic", "real.parquet", BundleError, "does not say where it came from"),
            ("release", "nowhere", BundleError, "no such folder"),
            ("real", "nowhere.parquet", SourceError, "no such file"),
        ):
            with pytest.raises(error, match=why):
                read_part(Written(Kind(kind), files / name, 0.5))
        foreign = read_part(Written(Kind.FOREIGN, files / "real.parquet", 0.5))
        assert set(foreign.words.to_pylist()) == {"synthetic/1/unknown/-"}


def blended(files, *parts, rows=100, **options):
    return blend([read_part(written_part(text, "--part")) for text in parts], rows, rng(), **options)


def test_blends_of_blends_are_traced_through_both_formats(files):
    done = blended(files, f"real={files}/real.parquet:40%", f"synthetic={files}/first.parquet:60%")
    write_blend(done, files / "one.csv")
    done = blended(files, f"blend={files}/one.csv:50%", f"synthetic={files}/second.csv:50%")
    write_blend(done, files / "two.parquet")
    done = blended(files, f"blend={files}/two.parquet:70%", f"synthetic={files}/first.parquet:30%")
    assert (done.lineage.label, done.lineage.root.generation) == ("mixed", 2)
    kinds = sorted(table.kind for table in done.lineage.tables.values())
    # One real table is known by its rows, the other is what the tree learnt; a .csv alone knows no ancestors.
    assert kinds == ["blend"] * 3 + ["real"] * 2 + ["synthetic"] * 2
    marks = set(done.table[MARK].to_pylist())
    assert marks == {"real", "synthetic/1/tree/-", "synthetic/2/copula/-"}
    assert read_marked(files / "two.parquet")[1].label == "mixed"


def test_a_blend_of_real_rows_alone_is_real(files):
    done = blended(files, f"real={files}/real.parquet:100%")
    assert MARK not in done.table.column_names and done.lineage.metadata() == {}


def test_whoever_altered_a_table_or_its_statement_is_found_out(files):
    done = blended(files, f"real={files}/real.parquet:40%", f"synthetic={files}/first.parquet:60%")
    one, statement = files / "one.csv", sidecar_of(files / "one.csv")
    write_blend(done, one, load_signer(files / "maker.key"))
    table, told = one.read_bytes(), statement.read_bytes()
    assert read_part(Written(Kind.BLEND, one, 0.5)).table.num_rows == 100
    one.write_bytes(table.replace(b"synthetic/1/tree/-", b"real"))
    with pytest.raises(BundleError, match="was altered: its SHA-256 is not the one in one"):
        read_part(Written(Kind.BLEND, one, 0.5))
    one.write_bytes(table)
    for at in range(0, len(told), 53):
        changed = bytearray(told)
        changed[at] ^= 1
        statement.write_bytes(bytes(changed))
        key = load_signer(files / "maker.key").public
        with pytest.raises(BundleError):
            read_part(Written(Kind.BLEND, one, 0.5), [key])
    statement.unlink()
    assert read_part(Written(Kind.BLEND, one, 0.5)).lineage.label == "mixed", "its rows still say so"
    no_marks = pd.read_csv(one).drop(columns=MARK)
    no_marks.to_csv(one, index=False)
    with pytest.raises(BundleError, match="does not say where it came from"):
        read_part(Written(Kind.BLEND, one, 0.5))


@pytest.mark.slow
def test_a_million_rows_in_ten_seconds_of_two_cores():
    parts = [part(500_000, 0, 0.3), part(800_000, 1, 0.7, "tree")]
    begin = time.process_time()
    assert blend(parts, 1_000_000, rng(), Strata("ward")).table.num_rows == 1_000_000
    assert time.process_time() - begin < 10
