"""The shipped data are what their descriptions say."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AIRPORT = ROOT / "loopqa" / "library" / "airport"
RATINGS = ROOT / "workflows" / "hotline" / "data" / "ratings.csv"


@pytest.fixture(scope="module")
def answers() -> list[dict[str, str]]:
    with gzip.open(AIRPORT / "survey-2014-2017.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_airport_survey_has_all_respondents_of_its_four_years(
    answers: list[dict[str, str]],
) -> None:
    years = Counter(answer["interviewed_on"][:4] for answer in answers)
    assert years == {"2014": 2818, "2015": 2958, "2016": 3087, "2017": 2831}
    assert len({answer["respondent"] for answer in answers}) == len(answers)


def test_every_airport_interview_took_place_in_may(answers: list[dict[str, str]]) -> None:
    assert {date.fromisoformat(answer["interviewed_on"]).month for answer in answers} == {5}


def test_the_airport_survey_keeps_the_codes_of_its_source(answers: list[dict[str, str]]) -> None:
    overall = Counter(answer["Q7ALL"] for answer in answers if answer["respondent"] > "2017")
    assert overall == {"4": 1507, "5": 699, "3": 444, "Blank": 143, "2": 32, "1": 6}
    assert {answer["Q7FOOD"] for answer in answers} == set("0123456")
    assert {answer["area"] for answer in answers} == set("ABCDEFG")
    assert {answer["NETPRO"] for answer in answers if answer["respondent"] < "2017"} == {""}


def test_the_airport_survey_is_small_and_names_its_source() -> None:
    assert (AIRPORT / "survey-2014-2017.csv.gz").stat().st_size < 250_000
    source = (AIRPORT / "SOURCE.md").read_text(encoding="utf-8")
    for words in ("City and County of San Francisco", "DataSF", "PDDL"):
        assert words in source


def test_the_made_up_ratings_are_the_ones_their_script_makes() -> None:
    script = ROOT / "docs" / "made_up_hotline.py"
    made = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert made.stdout == RATINGS.read_text(encoding="utf-8")
