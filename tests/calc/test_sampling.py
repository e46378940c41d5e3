"""How many cases are drawn from which stratum, and what is said of too few reviews."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.coverage import shortfalls
from loopqa.calc.sampling import allocation, in_proportion
from loopqa.language import speaking
from loopqa.model.sample import Coverage, StratumCoverage
from loopqa.model.workflow import Sample
from tests.shared_data import expected, needs_shared

SIZES = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 5000), min_size=1)
RULES = st.builds(
    Sample,
    draw_from=st.just("tickets"),
    for_input=st.just("reviews"),
    share=st.sampled_from([0.0, 0.03, 0.1, 0.3, 1.0]),
    at_least=st.integers(0, 60),
    per=st.sampled_from(["stratum", "total"]),
)


@needs_shared
def test_the_incident_log_is_sampled_as_the_golden_answer_says():
    golden = expected("incident_log")
    sizes = {one: found["incidents"] for one, found in golden["by_priority"].items()}
    rule = Sample("tickets", "reviews", ("priority",), 0.10, 30, "total")
    found = allocation(sizes, rule)
    assert found == golden["stratified_by_priority"]["allocation"]
    assert sum(found.values()) == golden["stratified_by_priority"]["n"]
    # What the share alone would give priority 1 is too few to say anything of it.
    assert allocation(sizes, replace(rule, per="stratum")) == {"1": 30, "2": 41, "3": 2347, "4": 78}


@given(SIZES, RULES)
def test_no_stratum_gives_more_than_it_has_and_the_rule_is_kept(sizes, rule):
    found = allocation(sizes, rule)
    assert list(found) == sorted(sizes)
    assert all(0 <= n <= sizes[one] for one, n in found.items())
    share = Decimal(str(rule.share))
    if rule.per == "stratum":
        for one, size in sizes.items():
            assert found[one] == min(size, max(math.ceil(share * size), rule.at_least))
    else:
        whole = sum(sizes.values())
        assert sum(found.values()) == min(whole, max(math.ceil(share * whole), rule.at_least))


@given(SIZES, st.data())
def test_a_proportional_sample_is_within_one_case_of_its_share(sizes, data):
    n = data.draw(st.integers(0, sum(sizes.values())))
    found = in_proportion(sizes, n)
    whole = sum(sizes.values())
    assert sum(found.values()) == n
    assert all(abs(found[one] - n * size / whole) < 1 for one, size in sizes.items())


@given(SIZES, RULES, st.randoms())
def test_the_order_of_the_strata_does_not_matter(sizes, rule, random):
    names = list(sizes)
    random.shuffle(names)
    assert allocation({one: sizes[one] for one in names}, rule) == allocation(sizes, rule)


def test_equal_remainders_go_by_name_and_too_many_are_refused():
    assert in_proportion({"b": 5, "a": 5, "c": 5}, 4) == {"a": 2, "b": 1, "c": 1}
    assert in_proportion({}, 0) == {}
    with pytest.raises(ValueError, match="4 cases can't be drawn from 3"):
        in_proportion({"a": 3}, 4)


def covered(*strata: tuple[str, int, int, int], **more: object) -> Coverage:
    usual = {"per": "stratum", "at_least": 30, "promised": 0.03}
    return Coverage(
        sample=1,
        revision=1,
        draw_from="calls",
        for_input="recordings",
        strata=tuple(StratumCoverage(*one) for one in strata),
        **{**usual, **more},
    )


def told(coverage: Coverage) -> list[str]:
    with speaking("en"):
        return [str(one) for one in shortfalls(coverage)]


def test_the_report_that_claims_three_percent_is_told_that_it_is_one_point_two():
    """REQUIREMENTS S2: 5,460 recordings of 1.82 million calls a year, a quarter's sample."""
    assert told(covered(("all", 455_000, 13_650, 5_460))) == [
        "5,460 of 455,000 cases were reviewed: 1.2%, below the promised 3%",
        "5,460 of 13,650 drawn cases are reviewed",
    ]


def test_a_sample_that_came_back_whole_leaves_nothing_to_be_said():
    assert told(covered(("complaint", 20, 20, 20), ("enquiry", 900, 30, 30))) == []


def test_thin_and_empty_strata_are_named():
    lines = told(covered(("a", 100, 30, 12), ("b", 40, 30, 0), ("c", 9, 9, 9), promised=0.1))
    assert lines == [
        "21 of 69 drawn cases are reviewed",
        "no case of b is reviewed: the scores leave these 40 cases out",
        "fewer than 30 reviewed cases: a (12)",
    ]


def test_reviews_outside_and_late_cases_are_named():
    more = {"outside": 3, "outside_cases": ("T-1", ""), "late": 7, "per": "total", "at_least": 40}
    lines = told(covered(("all", 300, 40, 38), **more))
    assert lines == [
        "38 of 40 drawn cases are reviewed",
        "the rule asks for at least 40 reviewed cases: the sample is too small",
        "reviews of cases that were not drawn do not count: 3 (T-1, — ...)",
        "7 cases came in after the sample was drawn and are not covered by it; "
        "`loopqa sample draw` adds them",
    ]


def test_a_coverage_is_read_back_as_it_was_written_down():
    whole = covered(("a", 100, 30, 12), outside=1, outside_cases=("x",), unweighted="speed")
    assert Coverage.from_dict(whole.to_dict()) == whole
