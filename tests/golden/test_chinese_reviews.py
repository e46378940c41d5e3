"""Real Chinese reviews (Meituan ASAP, Apache-2.0) with labels by people: do words tell the same?"""

from __future__ import annotations

import csv

import pytest

from loopqa.calc.themes.chinese import Segmenter
from loopqa.calc.themes.counting import term_uses, voices
from loopqa.calc.themes.distinctive import distinctive
from loopqa.calc.themes.keywords import keywords, met
from loopqa.calc.themes.reading import folded, languages
from loopqa.model.behind import Comment
from tests.shared_data import SHARED, expected, needs_shared

rjieba = pytest.importorskip("rjieba")

pytestmark = needs_shared

NOT_MENTIONED = "-2"


@pytest.fixture(scope="module")
def reviews() -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for file in sorted((SHARED / "data" / "zh_reviews").glob("asap_*_sample.csv")):
        with file.open(encoding="utf-8-sig", newline="") as opened:
            found += csv.DictReader(opened)
    return found


@pytest.fixture(scope="module")
def segment() -> Segmenter:
    return lambda run: tuple(rjieba.cut(run))


def test_keywords_find_what_people_labelled_as_staff_attitude(
    reviews: list[dict[str, str]],
) -> None:
    wanted = keywords({"zh": ("服务", "态度", "服务员", "热情")})
    pairs = [
        (bool(met(wanted, folded(one["reviewbody"]))),
         one["service_waiters_attitude"] != NOT_MENTIONED)
        for one in reviews
    ]  # fmt: skip
    known = expected("zh_asap_train_dev")["keyword_vs_human"]["服务态度"]
    assert pairs.count((True, True)) == known["tp"]
    assert pairs.count((True, False)) == known["fp"]
    assert pairs.count((False, True)) == known["fn"]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("service_wait_time", ["排队", "等位"]),
        ("service_serving_speed", ["上菜", "速度"]),
        ("location_traffic", ["交通", "方便", "便利", "地铁站"]),
    ],
)
def test_words_that_stand_out_are_those_of_what_people_labelled(
    reviews: list[dict[str, str]], segment: Segmenter, label: str, words: list[str]
) -> None:
    sides: dict[bool, list[Comment]] = {True: [], False: []}
    for one in reviews:
        sides[one[label] != NOT_MENTIONED].append(Comment(one["reviewbody"]))
    uses = term_uses(voices(sides[True], sides[False]), segment)
    found = distinctive(uses, len(sides[True]), len(sides[False]), 5).found
    assert [one.term for one in found] == words


def test_all_reviews_are_read_as_chinese(reviews: list[dict[str, str]]) -> None:
    assert all("zh" in languages(folded(one["reviewbody"])) for one in reviews)
