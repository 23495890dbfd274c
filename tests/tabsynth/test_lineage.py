"""Lineages: every ancestor told once and bound to what came of it, through any number of models and blends."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from privacy import MARK, BundleError, Column, Kind, Schema, SourceError, lifted
from tabsynth.lineage.ancestry import Ancestor, Lineage, lineage_of, real, unmarked
from tabsynth.lineage.kept import kept_by_generation, told_of_source
from tabsynth.lineage.recognise import is_copy, refuse_released
from tabsynth.lineage.tree import lines


def drawn(source, rows=10, generator="copula", release_id=""):
    generation = source.root.generation + 1
    table = Ancestor(
        kind="synthetic", generation=generation, rows=rows, generator=generator, release_id=release_id
    )
    return Lineage.made(table, [(source, None)])


def blended(*parts):
    rows = sum(taken for _, taken in parts)
    generation = max(part.root.generation for part, _ in parts)
    return Lineage.made(Ancestor(kind="blend", generation=generation, rows=rows), parts)


FIRST = drawn(real(20), release_id="00000000000000aa")
MIXED = blended((real(5, sha256="5" * 64), 5), (FIRST, 10))


def test_the_label_is_whose_rows_are_in_the_table():
    assert real().label == "real"
    assert FIRST.label == "synthetic", "learnt from real rows, holding none"
    assert MIXED.label == "mixed"
    assert blended((FIRST, 3), (drawn(FIRST), 3)).label == "synthetic"
    assert blended((MIXED, 3), (FIRST, 3)).label == "mixed", "real rows are not lost in a second blend"
    assert drawn(MIXED).label == "synthetic"


def test_generations_count_models_and_not_blends():
    assert [
        x.root.generation
        for x in (real(), FIRST, MIXED, drawn(MIXED), blended((drawn(MIXED), 1), (FIRST, 1)))
    ] == [
        0,
        1,
        1,
        2,
        2,
    ]


def test_a_thousand_blends_are_traced_and_an_ancestor_is_told_once():
    """Each blend takes twice of the one before; as a tree this would have 2^1000 leaves."""
    lineage = MIXED
    for _ in range(1000):
        lineage = blended((lineage, 5), (lineage, 5))
    again = Lineage.model_validate_json(lineage.model_dump_json())
    assert again == lineage and again.label == "mixed"
    assert len(again.tables) == 1000 + 3 + 1
    assert again.discreet().label == "mixed"
    assert len(lines(again)) < 3000


def test_nothing_about_an_ancestor_can_be_changed_or_left_out():
    told = MIXED.model_dump(mode="json")
    name = next(name for name, table in told["tables"].items() if table["release_id"])
    told["tables"][name]["generator"] = "tree"
    with pytest.raises(ValidationError, match="an ancestor was altered"):
        Lineage.model_validate(told)
    del told["tables"][name]
    with pytest.raises(ValidationError, match="an ancestor is missing"):
        Lineage.model_validate(told)


def test_what_leaves_the_building_tells_no_hash_of_a_real_table():
    child = drawn(MIXED)
    assert "5" * 64 in child.model_dump_json()
    discreet = child.discreet()
    assert "5" * 64 not in discreet.model_dump_json()
    assert [line.split(", sha256")[0] for line in lines(discreet)] == [
        line.split(", sha256")[0] for line in lines(child)
    ]


def test_the_tree_by_hand():
    both = blended((MIXED, 8), (FIRST, 4))
    assert lines(both) == [
        "blend, generation 1 at most, 12 rows",
        "├─ 8 rows of: blend, generation 1 at most, 15 rows",
        "│  ├─ 5 rows of: real, 5 rows, sha256 555555555555",
        "│  └─ 10 rows of: synthetic, generation 1, copula, release 00000000000000aa, 10 rows",
        "│     └─ real, 20 rows",
        "└─ 4 rows of: synthetic, generation 1, copula, release 00000000000000aa, 10 rows (see above)",
    ]


def test_a_name_cannot_play_with_the_terminal():
    assert "\x1b" not in "".join(lines(drawn(real(), generator="\x1b[2J\nreal")))


class TestFromMarks:
    def table(self, lineage, words=None):
        rows = pa.table({"a": range(3)} | ({MARK: words} if words else {}))
        return rows.replace_schema_metadata(lineage.metadata() if lineage else None)

    def told(self, lineage, words=None):
        table, marks = lifted(self.table(lineage, words))
        return lineage_of(marks, table.num_rows, "t")

    def test_metadata_tell_the_whole_tale(self):
        assert self.told(FIRST) == FIRST.about(rows=3)
        assert self.told(MIXED, [FIRST.mark, "real", "real"]) == MIXED.about(rows=3)

    def test_without_them_the_marks_of_the_rows_do(self):
        alone = self.told(None, [FIRST.mark] * 3)
        assert (alone.root.kind, alone.root.release_id, alone.root.rows) == (
            "synthetic",
            "00000000000000aa",
            3,
        )
        both = self.told(None, [FIRST.mark, "real", drawn(FIRST).mark])
        assert (both.root.kind, both.label, both.root.generation) == ("blend", "mixed", 2)
        assert both.releases == ("00000000000000aa",)

    def test_rows_that_say_more_than_the_metadata_are_believed(self):
        """A real row, or one of a later generation, was put among rows that the metadata know."""
        assert self.told(FIRST, [FIRST.mark, FIRST.mark, "real"]).label == "mixed"
        assert self.told(FIRST, [FIRST.mark, FIRST.mark, drawn(FIRST).mark]).root.generation == 2

    def test_a_damaged_tale_is_refused(self):
        metadata = FIRST.metadata() | {b"tabsynth.lineage": b'{"of": "x"}'}
        marks = lifted(self.table(None).replace_schema_metadata(metadata))[1]
        with pytest.raises(BundleError, match="damaged or was altered"):
            lineage_of(marks, 3, "t")

    def test_frames_in_memory_are_unmarked_too(self):
        frame = pd.DataFrame({"a": [1, 2], MARK: [FIRST.mark, None]})
        plain, lineage = unmarked(frame)
        assert list(plain.columns) == ["a"] and lineage is not None and lineage.label == "mixed"
        arrow = unmarked(pa.Table.from_pandas(frame))
        assert arrow[0].column_names == ["a"] and arrow[1] == lineage
        own = pd.DataFrame({"a": [1], MARK: ["Oslo"]})
        assert unmarked(own)[0] is own and unmarked(own)[1] is None


class TestRecognised:
    """A stripped release is known again; two draws of one population are not, however coarse."""

    SCHEMA = Schema(columns=tuple(Column(name=name, kind=Kind.NUMERIC) for name in "abc"))

    def population(self, rows, seed, levels):
        rng = np.random.default_rng(seed)
        weights = 1 / np.arange(1, levels + 1)
        draws = rng.choice(levels, (rows, 3), p=weights / weights.sum())
        return pd.DataFrame(draws.astype(float), columns=list("abc"))

    @pytest.mark.parametrize("levels", [3, 10, 30, 100, 1000])
    def test_independent_draws_never_agree_in_half_of_their_single_records(self, levels):
        for seed in range(5):
            ours = self.population(3000, seed, levels)
            for rows in (300, 3000, 30_000):
                assert not is_copy(ours, self.population(rows, 100 + seed, levels))

    @pytest.mark.parametrize("share", [1.0, 0.3])
    def test_a_copy_or_part_of_one_is_known_in_any_order(self, share):
        released = self.population(5000, 1, 100)
        stripped = released.sample(frac=share, random_state=1)
        assert is_copy(stripped.reset_index(drop=True), released)
        with pytest.raises(SourceError, match="released before, without the mark"):
            refuse_released(stripped, self.SCHEMA, [self.population(50, 9, 9), released])

    def test_a_coarse_table_cannot_be_known(self):
        released = self.population(5000, 1, 3)
        assert not is_copy(released, released)

    def test_a_release_with_other_columns_is_no_match(self):
        released = self.population(500, 1, 100)
        refuse_released(released, self.SCHEMA, [released.rename(columns=str.upper)])
        refuse_released(released, self.SCHEMA, [released.astype(object).replace(0.0, "none")])


def audited(source, entropy, cells=1.0):
    """Learnt from `source`, with the diversity that the audit of its release found."""
    return drawn(source).about(diversity={"entropy ratio": entropy, "joint cells reached": cells})


class TestKeptOfThePeople:
    def test_shares_multiply_generation_by_generation(self):
        third = audited(audited(audited(real(), 0.9), 0.8, 0.5), 1.0)
        assert [kept["entropy ratio"] for kept in kept_by_generation(third)] == pytest.approx(
            [0.9, 0.72, 0.72]
        )
        assert kept_by_generation(third)[-1]["joint cells reached"] == 0.5

    def test_nothing_is_known_where_one_audit_is_missing(self):
        assert kept_by_generation(drawn(audited(real(), 0.9))) == []
        assert kept_by_generation(audited(drawn(real()), 0.9)) == []
        assert kept_by_generation(Lineage.made(drawn(real()).root.model_copy(update={"parents": ()}))) == []

    def test_real_rows_need_no_share_and_what_was_learnt_beside_them_was_audited_against_them(self):
        assert kept_by_generation(real()) == []
        assert kept_by_generation(MIXED) == []
        learnt = audited(blended((real(5), 5), (drawn(real()), 10)), 0.9)
        assert [kept["entropy ratio"] for kept in kept_by_generation(learnt)] == [0.9]

    def test_of_a_blend_the_part_that_kept_least_is_followed_and_one_that_is_unknown_first(self):
        good, bad = audited(real(), 0.95), audited(audited(real(), 0.9), 0.9)
        assert kept_by_generation(blended((good, 1), (bad, 1))) == kept_by_generation(bad)
        assert kept_by_generation(blended((good, 1), (drawn(good), 1))) == []
        onward = audited(blended((good, 1), (bad, 1)), 0.5)
        assert [kept["entropy ratio"] for kept in kept_by_generation(onward)] == pytest.approx(
            [0.9, 0.81, 0.405]
        )

    def test_a_measure_that_one_audit_lacks_is_left_out(self):
        first = drawn(real()).about(diversity={"entropy ratio": 0.9})
        assert kept_by_generation(audited(first, 0.5)) == [{"entropy ratio": 0.9}, {"entropy ratio": 0.45}]

    def test_a_thousand_blends_of_blends_are_no_burden(self):
        lineage = audited(real(), 0.9)
        for _ in range(1000):
            lineage = blended((lineage, 5), (lineage, 5))
        assert kept_by_generation(lineage) == [{"entropy ratio": 0.9, "joint cells reached": 1.0}]

    def test_it_is_said_that_control_is_synthetic_and_whether_the_lineage_makes_up_for_it(self):
        first = audited(real(), 0.9)
        known, unknown = (
            told_of_source(lineage, kept_by_generation(lineage)) for lineage in (first, drawn(first))
        )
        assert "synthetic itself, of generation 1" in known.reason
        assert "see the measures" in known.reason
        assert "of generation 2" in unknown.reason
        assert "brings no audit" in unknown.reason
        assert not known.gating


def test_a_table_of_which_no_diversity_is_told_keeps_its_name_and_its_bytes():
    assert "diversity" not in FIRST.model_dump_json()
    assert Lineage.model_validate_json(FIRST.model_dump_json()) == FIRST
    told = audited(real(), 0.9)
    assert Lineage.model_validate_json(told.model_dump_json()) == told
    with pytest.raises(ValidationError, match="altered"):
        Lineage.model_validate_json(told.model_dump_json().replace("0.9", "1.0"))
