"""The analyser ``themes`` on comments at hand: what is told, and what is kept back."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence

import numpy as np
import pytest

from loopqa.calc.detection.findings import MergedCandidate
from loopqa.calc.scoring.scorecard import scorecard
from loopqa.language import speaking
from loopqa.model.analysis import Insight
from loopqa.model.cycle import FindingGrade
from loopqa.model.rubric import Condition
from loopqa.model.tally import Tally
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import AnalyseContext, Comment, Comments
from loopqa.plugin.host import builtin_host
from tests.calc.small_rubrics import dimension, indicator, rubric, schemes_of

STANDARD = rubric(
    dimension(
        "speed",
        indicator("speed"),
        keywords={"en": ("slow", "wait"), "zh": ("慢",)},
        causes=("staffing", "tooling"),
        cause_words={"staffing": {"en": ("queue",), "zh": ("没人",)}},
    )
)
FINDING = MergedCandidate("speed", "speed", (), FindingGrade.OBSERVED, (), 100, 3.0)
NOTHING = Tally((), (), (), (), (), (), (), (), (), ())

#: (what is written, how often on low answers, how often on others)
ENGLISH = (
    ("The queue was endless, we waited for an hour", 14, 1),
    ("Nobody called back. Still broken!", 12, 0),
    ("It is slow", 6, 3),
    ("Quick and friendly, thanks", 2, 30),
    ("Fine", 4, 26),
)


def context(low: Sequence[str], rest: Sequence[str], **more: object) -> AnalyseContext:
    """One customer a comment."""
    comments = Comments(
        Condition("<=", 2.0),
        tuple(Comment(one, f"l{at}", 1.0) for at, one in enumerate(low)),
        tuple(Comment(one, f"r{at}", 4.0) for at, one in enumerate(rest)),
        **{"low_in_all": len(low), "rest_in_all": len(rest), **more},  # type: ignore[arg-type]
    )
    return AnalyseContext(
        STANDARD,
        scorecard(STANDARD, schemes_of(STANDARD), NOTHING, window="now"),
        (),
        NOTHING,
        "now",
        FINDING,
        np.random.default_rng(1),
        comments=lambda: comments,
    )


def themes(low: Sequence[str], rest: Sequence[str], **more: object) -> Insight:
    analyser = builtin_host().make_analyser(PluginSpec("themes", {}))
    said = analyser.analyse(context(low, rest, **more))
    assert said is not None
    return said


def spread(corpus: Sequence[tuple[str, int, int]]) -> tuple[list[str], list[str]]:
    low = [words for words, n, _ in corpus for _ in range(n)]
    rest = [words for words, _, n in corpus for _ in range(n)]
    return low, rest


def test_english_comments_are_told_word_by_word_down_to_the_sentences() -> None:
    said = themes(*spread(ENGLISH))
    with speaking("en"):
        assert str(said.text) == (
            "comments on low answers speak more often of 'endless', 'waited', 'queue', 'hour', "
            "'nobody called'"
        )
        told = [str(one.text) for one in said.leads]
        notes = [str(one) for one in said.notes]
    assert told[0] == (
        "root cause 'staffing' (queue, 没人): 14 of 38 customers with a low answer (37 %), "
        "fewer than 5 of the others"
    )
    assert "keyword 'wait': 14 of 38 customers with a low answer (37 %), " in told[-2]
    assert told[-1] == (
        "keyword 'slow': 6 of 38 customers with a low answer (16 %), fewer than 5 of the others"
    )
    assert notes == [
        "low is a score of at most 2; read were 38 comments on low answers and 60 on others",
        "languages: English (all in Latin letters): 98",
        "counted are customers who use a word, whatever they mean by it; of the words that stand "
        "out, at most about one in ten can do so by chance",
        "root causes to choose from: staffing, tooling",
    ]


def test_counts_of_one_to_four_customers_are_hidden_in_figures_too() -> None:
    said = themes(*spread(ENGLISH))
    queue = next(one for one in said.leads if "queue" in one.details.get("word", ""))
    assert queue.figures["low"] == 14
    assert queue.figures["rest"] is None
    assert queue.figures["rest_share"] is None
    slow = said.leads[-1]
    assert slow.figures["rest_share"] is None


def test_one_customer_with_ten_comments_makes_no_theme() -> None:
    low, rest = spread(ENGLISH)
    shouting = [Comment("elevator music elevator music", "same", 1.0)] * 10
    comments = Comments(
        Condition("<=", 2.0),
        (*(Comment(one, f"l{at}") for at, one in enumerate(low)), *shouting),
        tuple(Comment(one, f"r{at}") for at, one in enumerate(rest)),
    )
    found = builtin_host().make_analyser(PluginSpec("themes", {})).analyse(
        AnalyseContext(
            STANDARD, context([], []).card, (), NOTHING, "now", FINDING,
            np.random.default_rng(1), comments=lambda: comments,
        )
    )  # fmt: skip
    assert found is not None
    assert not any("elevator" in one.details.get("word", "") for one in found.leads)


def test_few_comments_claim_nothing() -> None:
    said = themes(["slow queue"] * 4, ["fine"] * 100)
    assert (said.leads, said.figures) == ((), {})
    assert said.text.render("en") == "under 5 customers left a comment on a low answer"
    said = themes(["slow queue"] * 19, ["fine"] * 100)
    assert [one.details for one in said.leads] == [{"cause": "staffing"}, {"keyword": "slow"}]
    assert said.text.render("en").startswith("too few comments to say")
    assert any("at least 20 customers" in one.render("en") for one in said.notes)


def test_where_all_comments_are_low_nobody_is_compared() -> None:
    said = themes(["slow queue"] * 40, [])
    assert said.leads[0].text.render("en").endswith("(100 %), nobody else left a comment")
    assert said.figures["rest"] is None


def test_without_rjieba_chinese_keywords_are_counted_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    low, rest = ["太慢了，一直没人接"] * 30, ["很热情"] * 30
    monkeypatch.setitem(sys.modules, "rjieba", None)
    said = themes(low, rest)
    assert [one.details for one in said.leads] == [{"cause": "staffing"}, {"keyword": "慢"}]
    assert any("pip install 'loopqa[text]'" in one.render("en") for one in said.notes)
    assert any("rjieba" in one.render("zh") for one in said.notes)


def test_with_rjieba_chinese_words_are_compared() -> None:
    pytest.importorskip("rjieba")
    low, rest = ["上菜太慢了，一直没人接"] * 30, ["服务很热情"] * 30
    said = themes(low, rest)
    words = [one.details["word"] for one in said.leads if "word" in one.details]
    assert words == ["上菜太慢", "没人接"]
    assert "热情" not in words
    assert not any("rjieba" in one.render("en") for one in said.notes)


def test_a_sample_is_said_to_be_one() -> None:
    said = themes(*spread(ENGLISH), low_in_all=50_000, rest_in_all=900_000)
    assert "that is a sample of 950000 comments, the same in every run" in [
        one.render("en") for one in said.notes
    ]


def test_scripts_that_nobody_reads_are_counted() -> None:
    said = themes(["とても遅い"] * 6 + ["очень медленно"] * 6, ["fine"] * 30)
    assert said.leads == ()
    assert "others, not read: 12" in said.notes[1].render("en")


def test_the_order_of_comments_does_not_matter() -> None:
    low, rest = spread(ENGLISH)
    first = themes(low, rest)
    dice = random.Random(1)
    dice.shuffle(low)
    dice.shuffle(rest)
    assert themes(low, rest) == first


def test_at_least_never_falls_below_five() -> None:
    with pytest.raises(Exception, match="at least 5"):
        builtin_host().make_analyser(PluginSpec("themes", {"at_least": 4}))
