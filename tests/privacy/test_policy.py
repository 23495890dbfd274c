"""A policy is numbers with sources; what is wrong with one is said in a line that names the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from privacy.errors import PolicyError
from privacy.limits import known_policy
from privacy.policy import BUILT_IN, Policy
from privacy.result import Measure

OWN = """
name = "ours"
version = "3"
odds = 1.2
[detectable]
verbatim = 0.01
[excess]
linkability = 0.05
[sources]
alpha = "convention"
odds = "our board, 2026-03-01"
"detectable.verbatim" = "our board"
"excess.linkability" = "Ontario IPC 2025"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_limit_on_nothing_is_refused_and_the_nearest_name_told() -> None:
    policy = Policy.load("controlled")
    policy.require_known({*policy.detectable}, {key.split("/")[0] for key in policy.excess})
    misspelt = policy.model_copy(update={"detectable": {"verbatm": 0.01}})
    with pytest.raises(PolicyError, match=r"detectable\.verbatm: .*did you mean verbatim\?"):
        misspelt.require_known({"verbatim", "isolated"}, {"membership"})


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"at_least": {"shapes, mean": 0.1}}, r"at_least\.shapes, mean: .*shapes/column distance, mean"),
        (
            {"at_most": {"classifier/clasifier two-sample test, AUC": 0.6}},
            r"at_most\.classifier/clasifier.*nearest is classifier/classifier two-sample test, AUC",
        ),
    ],
)
def test_a_bound_on_no_measure_is_refused_and_the_nearest_name_told(
    bounds: dict[str, dict[str, float]], said: str
) -> None:
    with pytest.raises(PolicyError, match=said):
        known_policy(Policy.load("controlled").model_copy(update=bounds))


def test_a_bound_may_stand_on_a_measure_that_the_caller_brings() -> None:
    ours = Policy.load("controlled").model_copy(update={"at_most": {"ours/cost of a row": 3.0}})
    brought = Measure(group="ours", name="cost of a row", sentence="", value=2.0, floor=None)
    assert known_policy(ours, [brought]) is ours
    with pytest.raises(PolicyError, match="no such measure"):
        known_policy(ours)


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_built_in_policies_limit_what_is_looked_for(name: str) -> None:
    assert known_policy(name).name == name


def test_limits_are_divided_by_what_an_attempt_has_to_show() -> None:
    policy = Policy.load("controlled")
    assert policy.tightened(2).detectable["verbatim"] == policy.detectable["verbatim"] / 2
    assert policy.tightened(2).excess == policy.excess


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_number_of_a_built_in_policy_has_a_source(name: str) -> None:
    policy = Policy.load(name)
    assert policy.name == name
    assert set(policy.sources) == set(policy.numbers)
    assert {"verbatim", "one column swapped"} <= set(policy.detectable)


def test_public_is_stricter_than_controlled_and_controlled_than_internal() -> None:
    internal, controlled, public = (Policy.load(name).numbers for name in BUILT_IN)
    assert set(internal) == set(controlled) == set(public)
    assert all(public[key] <= controlled[key] <= internal[key] for key in public)
    assert public["odds"] < controlled["odds"] < internal["odds"]


def test_controlled_holds_the_regulators_numbers() -> None:
    policy = Policy.load("controlled")
    assert policy.excess["singling_out"] == 0.09 and "EMA" in policy.sources["excess.singling_out"]
    assert policy.detectable == {
        "verbatim": 0.0125,
        "one column swapped": 0.015,
        "isolated": 0.0125,
        "subgroup": 0.02,
        "noise .02": 0.02,
        "noise .05": 0.03,
    }
    assert policy.odds == 1.5


def test_a_users_file_is_read_and_the_finding_comes_before_its_attack(tmp_path: Path) -> None:
    extra = OWN.replace("linkability = 0.05", 'linkability = 0.05\n"linkability/k = 1" = 0.02').replace(
        '"excess.linkability"', '"excess.linkability/k = 1" = "stricter"\n"excess.linkability"'
    )
    policy = Policy.load(written(tmp_path, extra))
    assert policy.excess_tolerance("linkability", "k = 1") == 0.02
    assert policy.excess_tolerance("linkability", "k = 5") == 0.05
    assert policy.excess_tolerance("inference", "secret") is None


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('odds = "our board, 2026-03-01"\n', "", "odds"),
        ('"detectable.verbatim" = "our board"', '"detectable.verbatim" = "  "', "detectable.verbatim"),
        ("verbatim = 0.01", "verbatim = 1.5", "detectable.verbatim"),
        ("linkability = 0.05", 'linkability = "low"', "excess.linkability"),
        ("linkability = 0.05", "linkability = nan", "excess.linkability"),
        ("odds = 1.2", "odds = 0.9", "odds"),
        ("odds = 1.2", "odd = 1.2", "odd"),
        ('alpha = "convention"', 'alpha = "convention"\nbeta = "none"', "beta"),
        ('name = "ours"', "", "name"),
        ("[excess]", "[excess", "line"),
    ],
)
def test_a_wrong_policy_is_refused_in_one_line_that_names_the_key(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    assert old in OWN
    with pytest.raises(PolicyError) as refused:
        Policy.load(written(tmp_path, OWN.replace(old, new)))
    assert named in str(refused.value) and "ours.toml" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["controlled", "Controlled "])
def test_no_other_numbers_go_by_a_built_in_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(PolicyError, match="calls itself controlled"):
        Policy.load(written(tmp_path, OWN.replace('name = "ours"', f'name = "{name}"')))


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(PolicyError, match="internal, controlled, public"):
        Policy.load("strict")


def test_a_file_that_is_not_text_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="UTF-8"):
        Policy.load(tmp_path / "binary.toml")
    with pytest.raises(PolicyError, match="cannot be read"):
        Policy.load(tmp_path)


def test_the_digest_knows_every_number_and_nothing_of_the_order(tmp_path: Path) -> None:
    policy = Policy.load(written(tmp_path, OWN))
    turned = Policy.model_validate(dict(reversed(policy.model_dump().items())))
    assert policy.digest == turned.digest and len(policy.digest) == 64
    assert Policy.load(written(tmp_path, OWN.replace("1.2", "1.3"))).digest != policy.digest
    with pytest.raises(ValidationError):
        policy.odds = 3.0  # type: ignore[misc]


def test_a_misspelt_key_is_said_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"key alfa: there is no such key$"):
        Policy.load(written(tmp_path, OWN.replace("[sources]", "[alfa]\nx = 1\n[sources]")))
