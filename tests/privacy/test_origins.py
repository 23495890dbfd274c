"""Origins: tables that say of themselves what they are, and what an audit of them may still say."""

import pandas as pd
import pytest

from privacy import MARK, RowMark
from privacy.origins import origin_doubts, unmarked_frame
from privacy.result import Outcome

WORD = str(RowMark(1, "copula"))


@pytest.mark.parametrize(
    ("words", "label", "columns"),
    [
        ([WORD, WORD], "synthetic", ["a"]),
        ([WORD, "real"], "mixed", ["a"]),
        ([WORD, None], "mixed", ["a"]),
        (["Oslo", "Rome"], "real", ["a", MARK]),
        ([1, 2], "real", ["a", MARK]),
    ],
)
def test_the_column_of_marks_is_taken_off_and_the_users_own_is_not(words, label, columns):
    frame, marks = unmarked_frame(pd.DataFrame({"a": [1, 2], MARK: words}))
    assert (marks.label, list(frame.columns)) == (label, columns)


def test_synthetic_people_are_a_remark_and_real_rows_among_synthetic_ones_forbid_a_pass():
    real, synthetic, mixed = (
        unmarked_frame(pd.DataFrame({"a": range(20), MARK: words}))[1]
        for words in (["-"] * 20, [WORD] * 20, [WORD] * 8 + ["real"] * 12)
    )
    assert origin_doubts(real, real, synthetic) == []
    (remark,) = origin_doubts(synthetic, real, synthetic)
    assert remark.name == "origin of train" and not remark.gating
    (doubt,) = origin_doubts(real, real, mixed)
    assert doubt.gating and "holds 12 real rows" in doubt.reason


def test_an_audit_of_frames_with_a_blend_does_not_pass(people, people_schema):
    import privacy

    train, control, drawn = (people(300, seed) for seed in (1, 2, 3))
    control["person"] = [f"C{number}" for number in range(300)]
    blend = drawn.drop(columns="person").assign(**{MARK: [WORD] * 295 + ["real"] * 5})
    result = privacy.audit(train, control, blend, people_schema, random_state=1, attacks=())
    assert result.verdict.outcome is not Outcome.PASS
    (doubt,) = [skip for skip in result.skipped if skip.name == "origin of synthetic"]
    assert "holds real rows" in doubt.reason, "fewer than eleven are not counted"
