"""Rubric files become complete records: shorthands, weights, defaults, identity."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.define.checking import check
from loopqa.define.fields import Weight
from loopqa.define.rubric import load_rubric
from loopqa.define.weights import shares
from loopqa.errors import DefinitionError
from loopqa.language import speaking
from loopqa.model.rubric import (
    Boxes,
    ColumnMeasure,
    Condition,
    Critical,
    Decide,
    DurationMeasure,
    Indicator,
    Label,
    RepeatMeasure,
    Rubric,
    SchemeSpec,
    When,
    WhenMissing,
)
from loopqa.plugin.host import builtin_host
from tests.define.cases import RIGHT

DESIGN = (RIGHT / "rubric.yaml").read_text("utf-8")

#: the same content in other words: key order, long forms, other notations, no comments
DESIGN_AGAIN = (RIGHT / "rubric-in-other-words.yaml").read_text("utf-8")


def load(tmp_path: Path, source: str, name: str = "rubric.yaml") -> Rubric:
    path = tmp_path / name
    path.write_text(source, "utf-8")
    return load_rubric(path, builtin_host())


def indicator(tmp_path: Path, body: str, head: str = "") -> Indicator:
    rubric = load(
        tmp_path, f"rubric: r\n{head}dimensions:\n  a:\n    indicators:\n      x: {body}\n"
    )
    return rubric.dimensions[0].indicators[0]


def test_the_rubric_of_the_design_is_read_completely(tmp_path):
    rubric = load(tmp_path, DESIGN)
    assert rubric.title == Label("After-sales service quality", "售后服务质量")
    assert rubric.boxes == Boxes((4, 5), (1, 2))
    assert rubric.blend.weights == {"customer": 0.6, "internal": 0.4}
    assert rubric.blend.when_missing is WhenMissing.NONE
    assert rubric.review_by == date(2026, 12, 31)
    responsiveness, attitude = rubric.dimensions
    assert (responsiveness.weight, attitude.weight) == (0.4, 0.6)
    assert responsiveness.target == Condition(">=", 3.8)
    first, rating = responsiveness.indicators
    assert first.measure == DurationMeasure(
        "minutes", "opened", "responded", "missing", Condition(">=", 0), frozenset({"", "Blank"})
    )
    assert (first.rater, first.weight, first.unit) == ("internal", 1, "min")
    assert rating.question == Label("How fast did we respond?", "您对响应速度满意吗？")
    assert attitude.indicators[0].measure == ColumnMeasure(
        columns=("attitude",),
        values={
            "Strongly agree": 5, "Agree": 4, "Neutral": 3, "Disagree": 2, "Strongly disagree": 1,
        },
        missing=frozenset({"", "Blank"}),
        not_applicable=frozenset({"0", "6"}),
    )  # fmt: skip


def test_the_hash_depends_on_the_content_and_on_nothing_else(tmp_path):
    first = load(tmp_path, DESIGN, "one.yaml")
    again = load(tmp_path, DESIGN_AGAIN, "two.yaml")
    assert first.hash == again.hash
    assert len(first.hash) == 64
    other = load(tmp_path, DESIGN.replace('"<= 120"', '"<= 121"'), "three.yaml")
    assert other.hash != first.hash


def test_a_file_of_two_lines_has_sound_defaults(tmp_path):
    rubric = load(tmp_path, "rubric: r\ndimensions: {a: a, b: {column: b}}\n")
    assert (rubric.scale.low, rubric.scale.high) == (1, 5)
    assert rubric.boxes == Boxes((4, 5), (1, 2))
    assert [dimension.weight for dimension in rubric.dimensions] == [0.5, 0.5]
    assert rubric.dimensions[0].indicators[0] == Indicator(
        id="rating",
        rater="customer",
        title=Label("a", "a"),
        measure=ColumnMeasure(("a",)),
        scheme=SchemeSpec("rating"),
        weight=1.0,
    )
    assert rubric.decide == Decide(0.25, 0.95, 0.10)


def test_margins_grow_with_the_scale(tmp_path):
    rubric = load(tmp_path, "rubric: r\nscale: 0-100\ndimensions: {a: {column: a}}\n")
    assert rubric.decide == Decide(6.25, 0.95, 2.5)
    assert rubric.boxes == Boxes((), ())


def test_an_indicator_keeps_all_that_is_said_about_it(tmp_path):
    found = indicator(
        tmp_path,
        """
        column: [new, old]
        values: {"yes": 1, "no": 0}
        refused: declined
        low: 0
        high: 1
        score: {type: share}
        aggregate: share
        weight: 0
        unit: "%"
        target: ">= 80"
        critical: {at_most: 0, caps: composite, to: 2}
        when: {service_type: repair, state: {not: [New, Draft]}}
        comment_required_below: 3
        was: speed
        anchors: {5: done, 1.0: {en: not done, zh: 未完成}}
""",
    )
    assert found.measure == ColumnMeasure(
        ("new", "old"), {"yes": 1, "no": 0}, refused=frozenset({"declined"}), low=0, high=1
    )
    assert found.critical == Critical(0, "composite", 2)
    assert found.when == (
        When("service_type", ("repair",)),
        When("state", ("New", "Draft"), negated=True),
    )
    assert found.anchors == {"5": Label("done", "done"), "1": Label("not done", "未完成")}
    assert (found.was, found.unit, found.weight) == ("speed", "%", 0.0)


def test_an_nps_question_has_its_own_scale(tmp_path):
    found = indicator(tmp_path, "{column: nps, score: nps, weight: 0}")
    assert isinstance(found.measure, ColumnMeasure)
    assert (found.measure.low, found.measure.high) == (0, 10)


def test_a_repeat_contact_is_kept_though_it_can_only_be_checked(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(
        "rubric: r\ndimensions:\n  a:\n    score: none\n"
        "    repeat: {by: customer, after: resolved, within: 2 days}\n",
        "utf-8",
    )
    measure = load_rubric(path, None).dimensions[0].indicators[0].measure
    assert measure == RepeatMeasure("customer", "resolved", 48.0)


def test_what_is_not_scored_takes_no_weight_from_its_siblings(tmp_path):
    rubric = load(
        tmp_path,
        "rubric: r\ndimensions:\n  a:\n    indicators:\n"
        "      x: {column: x}\n      y: {column: y}\n      z: {column: z, score: none}\n",
    )
    assert [one.weight for one in rubric.dimensions[0].indicators] == [0.5, 0.5, 0.0]


def test_texts_like_no_and_on_stay_texts(tmp_path):
    found = indicator(tmp_path, "{column: on, values: {no: 1, yes: 5}, missing: [off, null]}")
    assert isinstance(found.measure, ColumnMeasure)
    assert found.measure.columns == ("on",)
    assert found.measure.values == {"no": 1, "yes": 5}
    assert found.measure.missing == frozenset({"off", ""})


PERCENT, DECIMAL, PARTS = "percent", "decimal", "parts"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([("40", PERCENT), ("60", PERCENT)], [0.4, 0.6]),
        ([("33.3", PERCENT), ("33.3", PERCENT), ("33.4", PERCENT)], [0.333, 0.333, 0.334]),
        ([("0.1", DECIMAL), ("0.2", DECIMAL), ("0.7", DECIMAL)], [0.1, 0.2, 0.7]),
        ([("1", PARTS), ("3", PARTS)], [0.25, 0.75]),
        ([("40", PERCENT), None, None], [0.4, 0.3, 0.3]),
        ([None, None], [0.5, 0.5]),
        ([("0", PARTS), ("100", PERCENT)], [0.0, 1.0]),
    ],
)
def test_weights_become_shares(written, expected):
    given_ = {
        str(n): None if one is None else Weight(Fraction(one[0]), one[1])
        for n, one in enumerate(written)
    }
    assert list(shares(given_).values()) == expected


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=8))
def test_parts_always_share_one(parts):
    found = shares({str(n): Weight(Fraction(one), "parts") for n, one in enumerate(parts)})
    assert sum(found.values()) == pytest.approx(1.0)


def told(path: Path, today: date | None = None) -> list[str]:
    with speaking("en"):
        return [str(one) for one in check([path], builtin_host(), today=today)]


def test_a_late_revision_is_a_warning(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("r.yaml").write_text(DESIGN, "utf-8")
    assert told(Path("r.yaml"), date(2026, 12, 31)) == []
    assert told(Path("r.yaml"), date(2027, 1, 1)) == [
        "r.yaml:4:12: the rubric was due for revision by 2026-12-31\n"
        "  hint: revise it and set a new 'review_by'"
    ]
    (warning,) = check([Path("r.yaml")], builtin_host(), today=date(2027, 1, 1))
    assert warning.warning


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("{given: {scores: {a: 4}}, expect: {a: 4, b: null, composite: 4}}", None),
        ("{given: {a.x: 15}, expect: {a.x: 5, a: null}}", None),
        ("{given: {x: [15, 16]}, expect: {x: 4.5, findings: []}}", None),
        ("{given: {x: -1}, expect: {x: missing}}", None),
        ("{given: {x: fast}, expect: {x: rejected}}", None),
        ("{given: {scores: {a: {customer: 3.49, internal: 2.25}}}, expect: {findings: [a]}}", None),
        ("{given: {scores: {a: {customer: null, internal: 4}}}, expect: {a: null}}", None),
        ("{given: {b: 1, y: 2}, expect: {composite: 1}}", None),
        (
            "{given: {scores: {a: 3.333}}, expect: {a: 3.3}}",
            "r.yaml:12:5: golden test: 'a' is 3.333, expected 3.3",
        ),
        (
            "{given: {scores: {a: {robot: 4}}}, expect: {a: 4}}",
            "r.yaml:12:5: golden test: 'robot' rates nothing in 'a'\n"
            "  hint: known are: internal, customer",
        ),
        (
            "{given: {scores: {a: 4}}, expect: {x: 4}}",
            "r.yaml:12:5: golden test: dimension scores tell nothing about 'x'",
        ),
        (
            "{given: {a: 4}, expect: {x: 4}}",
            "r.yaml:12:5: golden test: 'a' may be a.x, a.y",
        ),
        (
            "{given: {scores: {a: high}}, expect: {a: 4}}",
            "r.yaml:12:5: golden test: the score of 'a' must be a number or null",
        ),
    ],
)
def test_golden_tests_are_run(test, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("r.yaml").write_text(
        "rubric: r\nblend: {customer: 60%, internal: 40%}\nfinding: {below: 3}\ndimensions:\n"
        "  a:\n    indicators:\n"
        '      x: {rater: internal, minutes: {from: f, to: t}, valid: ">= 0",\n'
        '        score: {type: bands, bands: {5: "<= 15", 4: "> 15"}}}\n'
        "      y: {column: y}\n  b: {column: b}\n"
        f"tests:\n  - {test}\n",
        "utf-8",
    )
    assert told(Path("r.yaml")) == ([message] if message else [])


def test_two_rubrics_with_one_id_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.yaml", "b.yaml"):
        Path(name).write_text("rubric: r\ndimensions: {a: a}\n", "utf-8")
    assert told(tmp_path) == ["b.yaml:1:9: a.yaml has the same id 'r'"]


def test_without_a_host_the_schemes_stay_unchecked(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text("rubric: r\ndimensions: {a: {column: a, score: {type: ours, x: 1}}}\n", "utf-8")
    scheme = load_rubric(path, None).dimensions[0].indicators[0].scheme
    assert scheme == SchemeSpec("ours", {"x": 1})
    with pytest.raises(DefinitionError):
        load_rubric(path, builtin_host())
