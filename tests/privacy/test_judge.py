"""The three-valued judgement, rule by rule, on findings made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from privacy.judge import Sizes, judge
from privacy.policy import Policy
from privacy.result import Check, Detectable, Estimate, Finding, Interval, Measure, Outcome, Skipped, Status

LIMITS = {"verbatim": 0.01, "one column swapped": 0.01}
SHIPPED = Policy.load("controlled")
POLICY = SHIPPED.model_copy(
    update={
        "detectable": LIMITS,
        "excess": {**SHIPPED.excess, "memorisation/exact copies": 0.005},
        "at_least": {},
    }
)
HOLDS = Check(name="exchangeable", passed=True, sentence="train and control look alike.")
BROKEN = Check(name="exchangeable", passed=False, sentence="train and control differ.")


def finding(attack: str, name: str = "test", **changes: Any) -> Finding:
    base: dict[str, Any] = {
        "attack": attack,
        "name": name,
        "threat": "holds something; guesses something",
        "sentence": f"{attack} said this.",
        "value": Estimate(value=0.1, trials=1000),
        "control": Estimate(value=0.1, trials=1000),
        "trials_asked": 1000,
        "trials_made": 1000,
    }
    return Finding(**{**base, **changes})


def excess(low: float, high: float) -> Estimate:
    return Estimate(value=(low + high) / 2, interval=Interval(low=low, high=high))


def gate(verbatim: float | None = 0.004, swapped: float | None = 0.008, **changes: Any) -> Finding:
    leaks = tuple(
        Detectable(leak=kind, dose_80=dose and 0.8 * dose, dose_95=dose, largest_tried=0.05, draws=100)
        for kind, dose in {"verbatim": verbatim, "one column swapped": swapped}.items()
    )
    return finding("gate", **{"gating": True, "detectable": leaks, **changes})


def copies(low: float, high: float) -> Finding:
    return finding("memorisation", "exact copies", gating=True, excess=excess(low, high))


class TestGate:
    def test_bounded_when_every_limited_kind_would_have_been_seen(self) -> None:
        (judged,), verdict = judge([gate()], [HOLDS], [], POLICY)
        assert judged.status is Status.BOUNDED
        assert [leak.tolerance for leak in judged.detectable] == [0.01, 0.01]
        assert verdict.outcome is Outcome.PASS

    def test_a_dose_equal_to_the_limit_is_enough(self) -> None:
        (judged,), _ = judge([gate(0.01, 0.01)], [], [], POLICY)
        assert judged.status is Status.BOUNDED

    @pytest.mark.parametrize("doses", [(0.004, 0.012), (0.004, None), (None, None)])
    def test_unresolved_when_one_kind_might_have_been_missed(
        self, doses: tuple[float | None, float | None]
    ) -> None:
        (judged,), verdict = judge([gate(*doses)], [HOLDS], [], POLICY)
        assert judged.status is Status.UNRESOLVED and "one column swapped" in judged.reason
        assert verdict.outcome is Outcome.INCONCLUSIVE and verdict.resolve == (judged.resolve,)

    def test_unresolved_when_a_limited_kind_was_never_planted(self) -> None:
        only = gate().model_copy(update={"detectable": gate().detectable[:1]})
        (judged,), _ = judge([only], [], [], POLICY)
        assert judged.status is Status.UNRESOLVED and "one column swapped was not tried" in judged.reason

    def test_kinds_without_a_limit_decide_nothing(self) -> None:
        noisy = Detectable(leak="noise .1", dose_80=None, dose_95=None, largest_tried=0.05, draws=40)
        (judged,), _ = judge([gate(detectable=(*gate().detectable, noisy))], [], [], POLICY)
        assert judged.status is Status.BOUNDED and judged.detectable[-1].tolerance is None

    def test_a_policy_without_limits_cannot_bound(self) -> None:
        sources = dict.fromkeys(("alpha", "odds"), "x")
        (judged,), _ = judge([gate()], [], [], Policy(name="none", version="1", sources=sources))
        assert judged.status is Status.UNRESOLVED

    def test_advice_scales_with_the_dose_that_is_seen(self) -> None:
        # Seen from 2 % where 1 % is the limit: twice the rows, so as many again.
        (judged,), _ = judge([gate(0.004, 0.02)], [], [], POLICY, sizes=Sizes(4000, 4000, 4000))
        assert judged.resolve.startswith("About 4,000 more control rows")
        (judged,), _ = judge([gate(0.004, 0.02)], [], [], POLICY)
        assert judged.resolve.startswith("About 2.0 times as many control rows")
        (judged,), _ = judge([gate(None, 0.02)], [], [], POLICY, sizes=Sizes(4000, 4000, 4000))
        assert judged.resolve.startswith("At least 16,000 more control rows")

    def test_advice_names_synthetic_rows_where_they_are_too_few(self) -> None:
        (judged,), _ = judge([gate(0.004, 0.02)], [], [], POLICY, sizes=Sizes(4000, 4000, 500))
        assert judged.resolve.startswith("About 500 more synthetic rows")
        assert "seen from 2 % of the synthetic rows" in judged.reason

    def test_a_leak_stands_whatever_could_have_been_missed(self) -> None:
        (judged,), verdict = judge([gate(None, None, status=Status.LEAK)], [HOLDS], [], POLICY)
        assert judged.status is Status.LEAK and verdict.outcome is Outcome.FAIL

    @pytest.mark.parametrize("status", [None, Status.LEAK])
    def test_a_failed_check_makes_the_gate_unresolved_leak_or_not(self, status: Status | None) -> None:
        (judged,), verdict = judge([gate(status=status, p_value=0.001)], [HOLDS, BROKEN], [], POLICY)
        assert judged.status is Status.UNRESOLVED and BROKEN.sentence in judged.reason
        assert verdict.outcome is Outcome.INCONCLUSIVE
        assert any(BROKEN.sentence in reason for reason in verdict.reasons)

    def test_where_people_are_too_few_it_says_how_many_more(self) -> None:
        few = Check(name="enough units", passed=False, sentence="control holds 30.")
        _, verdict = judge([gate(0.04)], [few], [], POLICY, sizes=Sizes(1000, 30, 900))
        assert verdict.resolve == ("About 90 more control rows, of other people, and train rows in step.",)

    def test_beside_a_leak_nobody_asks_how_small_a_leak_would_have_been_seen(self) -> None:
        leak, other = gate(status=Status.LEAK), gate(0.005)
        (_, judged), verdict = judge([leak, other], [], [], POLICY)
        assert judged.status is Status.UNRESOLVED and "No leak was seen" not in judged.reason
        assert not judged.resolve and verdict.outcome is Outcome.FAIL

    def test_too_few_people_are_told_before_all_else(self) -> None:
        few = Check(name="enough units", passed=False, sentence="control holds 5.")
        (judged,), _ = judge([gate().model_copy(update={"detectable": ()})], [BROKEN, few], [], POLICY)
        assert "control holds 5." in judged.reason
        assert judged.resolve.startswith("At least 1,500 people on either side.")

    def test_what_the_gate_said_itself_is_kept(self) -> None:
        (judged,), _ = judge([gate(reason="7 groups were left out.")], [], [], POLICY)
        assert judged.reason.startswith("7 groups were left out. No leak")


class TestExcess:
    """The limit on exact copies is 0.5 %."""

    @pytest.mark.parametrize(("p_value", "status"), [(0.06, Status.UNRESOLVED), (1e-4, Status.LEAK)])
    def test_an_excess_among_dozens_has_to_be_rare_by_chance(self, p_value: float, status: Status) -> None:
        """4 of 4 against 0 of 4: the interval is above the limit, and one finding in dozens looks so."""
        guessed = finding("disclosure", excess=excess(0.2, 1.0), p_value=p_value)
        (judged,), _ = judge([guessed], [HOLDS], [], POLICY)
        assert judged.status is status
        assert "inside the interval" not in judged.reason

    def test_an_excess_over_five_people_is_no_leak(self) -> None:
        few = Check(name="enough units", passed=False, sentence="control holds 5.")
        (judged,), verdict = judge([finding("inference", excess=excess(0.2, 1.0))], [few], [], POLICY)
        assert judged.status is Status.UNRESOLVED and verdict.outcome is Outcome.INCONCLUSIVE

    @pytest.mark.parametrize(
        ("low", "high", "status"),
        [
            (-0.001, 0.005, Status.BOUNDED),
            (-0.001, 0.0051, Status.UNRESOLVED),
            (0.005, 0.01, Status.UNRESOLVED),
            (0.0051, 0.01, Status.LEAK),
        ],
    )
    def test_the_interval_against_the_limit(self, low: float, high: float, status: Status) -> None:
        (judged,), _ = judge([copies(low, high)], [], [], POLICY)
        assert judged.status is status and judged.tolerance == 0.005 and judged.reason

    @pytest.mark.parametrize(
        ("low", "high", "status"),
        [
            (0.09, 0.12, Status.BOUNDED),
            (0.08, 0.12, Status.UNRESOLVED),
            (0.01, 0.08, Status.LEAK),
        ],
    )
    def test_where_lower_is_worse_the_limit_is_a_floor(self, low: float, high: float, status: Status) -> None:
        ratio = finding("singling_out", excess=excess(low, high), higher_is_worse=False)
        (judged,), _ = judge([ratio], [], [], POLICY)
        assert judged.status is status and judged.tolerance == 0.09

    @pytest.mark.parametrize(
        ("low", "high", "lower_is_worse", "told"),
        [
            # .001 with 0.006 on either side, limit .005: the reach of .006 has to shrink to .004.
            (-0.005, 0.007, False, "About 2.2 times as many rows"),
            (0.004, 0.012, False, "About 1.8 times as many rows"),
            (0.0049, 0.0051, False, "would hardly decide"),
            (0.085, 0.105, True, "About 4.0 times as many rows"),
        ],
    )
    def test_an_open_excess_says_how_many_rows_would_close_it(
        self, low: float, high: float, lower_is_worse: bool, told: str
    ) -> None:
        open_ = (
            finding("singling_out", excess=excess(low, high), higher_is_worse=False)
            if lower_is_worse
            else copies(low, high)
        )
        (judged,), _ = judge([open_], [], [], POLICY)
        assert judged.status is Status.UNRESOLVED and told in judged.resolve

    def test_without_a_limit_reported_or_unresolved(self) -> None:
        (reported, decides), _ = judge(
            [finding("distance", status=Status.BOUNDED), finding("distance", gating=True)], [], [], POLICY
        )
        assert reported.status is None
        assert decides.status is Status.UNRESOLVED and "no limit" in decides.reason

    @pytest.mark.parametrize(
        "changes",
        [{"excess": None}, {"excess": Estimate(value=0.0)}, {"excess": excess(0, 0), "trials_made": 0}],
    )
    def test_nothing_tried_is_never_bounded(self, changes: dict[str, Any]) -> None:
        (judged,), _ = judge([finding("inference", gating=True, **changes)], [], [], POLICY)
        assert judged.status is Status.UNRESOLVED and judged.resolve

    @pytest.mark.parametrize(
        ("attack", "outcome"), [("membership", Outcome.INCONCLUSIVE), ("re-fit", Outcome.FAIL)]
    )
    def test_beyond_a_control_that_differs_nothing_is_shown(self, attack: str, outcome: Outcome) -> None:
        _, verdict = judge([finding(attack, excess=excess(0.5, 0.6))], [BROKEN], [], POLICY)
        assert verdict.outcome is outcome
        assert any(BROKEN.sentence in reason for reason in verdict.reasons) is (outcome is not Outcome.FAIL)

    def test_a_failed_check_does_not_excuse_copies(self) -> None:
        _, verdict = judge([gate(), copies(0.02, 0.03)], [BROKEN], [], POLICY)
        assert verdict.outcome is Outcome.FAIL


class TestVerdict:
    def test_pass_needs_a_test_that_decides(self) -> None:
        for findings in ([], [finding("inference", excess=excess(0, 0.01))]):
            _, verdict = judge(findings, [HOLDS], [], POLICY)
            assert verdict.outcome is Outcome.INCONCLUSIVE and verdict.reasons

    def test_pass_names_what_it_rests_on_and_claims_no_more(self) -> None:
        _, verdict = judge([gate(), copies(-0.001, 0.001)], [HOLDS], [], POLICY)
        assert verdict.outcome is Outcome.PASS and len(verdict.reasons) == 2
        assert "These attacks, with these trials, found no leak above" in verdict.sentence
        assert not any(word in verdict.sentence.lower() for word in ("anonymous", "safe", "100 %"))

    def test_one_leak_fails_whatever_the_rest(self) -> None:
        _, verdict = judge([gate(None, None), copies(0.02, 0.03)], [HOLDS], [], POLICY)
        assert verdict.outcome is Outcome.FAIL and verdict.reasons == ("memorisation said this.",)

    def test_a_failed_check_alone_forbids_a_pass(self) -> None:
        _, verdict = judge([copies(-0.001, 0.001)], [BROKEN], [], POLICY)
        assert verdict.outcome is Outcome.INCONCLUSIVE

    def test_a_skipped_test_counts_when_the_verdict_rests_on_it(self) -> None:
        for gating, outcome in ((True, Outcome.INCONCLUSIVE), (False, Outcome.PASS)):
            skip = Skipped(name="memorisation", reason="it stopped", gating=gating)
            _, verdict = judge([gate()], [HOLDS], [skip], POLICY)
            assert verdict.outcome is outcome

    def test_a_leak_fails_whoever_found_it(self) -> None:
        linked = finding("linkability", excess=excess(0.2, 0.3))
        (_, judged), verdict = judge([gate(), linked], [HOLDS], [], POLICY)
        assert judged.status is Status.LEAK and verdict.outcome is Outcome.FAIL
        assert verdict.reasons == ("linkability said this.",)

    def test_a_shared_reason_is_said_once(self) -> None:
        _, verdict = judge([gate(None), gate(None)], [HOLDS], [], POLICY)
        assert len(verdict.reasons) == 2 and len(verdict.resolve) == 1
        assert "might have been missed" in verdict.reasons[0]
        assert "might have been missed" not in verdict.reasons[1]


class TestFloors:
    DEMANDING = POLICY.model_copy(
        update={"at_least": {"diversity/entropy ratio": 0.8}, "at_most": {"classifier/AUC": 0.7}}
    )

    @staticmethod
    def measures(entropy: float, auc: float | None) -> list[Measure]:
        found = {("diversity", "entropy ratio"): entropy, ("classifier", "AUC"): auc}
        return [
            Measure(group=group, name=name, sentence="", value=value, floor=None)
            for (group, name), value in found.items()
            if value is not None
        ]

    @pytest.mark.parametrize(
        ("entropy", "auc", "outcome", "said"),
        [
            (0.8, 0.7, Outcome.PASS, ""),
            (0.79996, 0.6, Outcome.FAIL, "entropy ratio is 0.79996; the policy asks for 0.8 at least"),
            (0.79, 0.6, Outcome.FAIL, "entropy ratio is 0.79; the policy asks for 0.8 at least"),
            (0.9, 0.71, Outcome.FAIL, "classifier/AUC is 0.71; the policy asks for 0.7 at most"),
            (0.9, None, Outcome.INCONCLUSIVE, "classifier/AUC could not be measured"),
        ],
    )
    def test_a_table_that_misses_a_bound_fails_and_one_not_measured_is_left_open(
        self, entropy: float, auc: float | None, outcome: Outcome, said: str
    ) -> None:
        measures = self.measures(entropy, auc)
        _, verdict = judge([gate()], [HOLDS], [], self.DEMANDING, measures=measures)
        assert verdict.outcome is outcome
        assert said in " ".join(verdict.reasons)

    def test_a_leak_is_said_first(self) -> None:
        leaky = gate(None, None, status=Status.LEAK)
        _, verdict = judge([leaky], [HOLDS], [], self.DEMANDING, measures=self.measures(0.1, 0.99))
        assert verdict.outcome is Outcome.FAIL
        assert "found a leak" in verdict.sentence

    def test_a_bound_needs_a_source(self) -> None:
        with pytest.raises(ValueError, match=r"at_least\.x/y has no source"):
            Policy(name="mine", version="1", at_least={"x/y": 1.0}, sources={"alpha": "a", "odds": "b"})
