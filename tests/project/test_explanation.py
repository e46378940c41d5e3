"""The pages that explain verdicts: their pictures are true, legible and all there."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest

from loopqa.report import theme

ROOT = Path(__file__).parents[2]
EXPLANATION = ROOT / "docs" / "explanation"
PICTURES = EXPLANATION / "pictures"
FOR_OPS = [EXPLANATION / "verdicts.md", EXPLANATION / "verdicts.zh.md"]
DRAWN = sorted(PICTURES.glob("*.svg"))
COLOURS = {
    colour for colour in vars(theme).values() if isinstance(colour, str) and colour.startswith("#")
}


def test_the_pictures_show_what_the_simulated_worlds_and_the_planner_give_now() -> None:
    done = subprocess.run(
        [sys.executable, "docs/pictures.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


def test_the_tables_of_a_kept_run_are_those_of_the_run_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    tables = importlib.import_module("proof_tables")
    kept = json.loads((PICTURES / "proof.json").read_text("utf-8"))
    assert tables.restored(kept).to_dict() == kept
    for page, most in tables.TABLES.items():
        words = page.read_text("utf-8")
        assert words.count("<!-- end of measured: prove -->") == 1, page.name
        assert f"`{tables.command(kept)}`" in words, page.name
        assert tables.with_tables(words, kept, most) == words, page.name


def test_every_picture_that_a_page_names_exists_and_every_picture_is_named() -> None:
    named = {
        name
        for page in FOR_OPS
        for name in re.findall(r'(?:src|srcset)="pictures/([^"]+)"', page.read_text("utf-8"))
    }
    assert named == {path.name for path in DRAWN}


@pytest.mark.parametrize("page", FOR_OPS, ids=lambda page: page.name)
def test_every_picture_of_a_page_has_a_text_alternative_with_its_finding(page: Path) -> None:
    shown = re.findall(r'<img src="pictures/([^"]+)" alt="([^"]*)">', page.read_text("utf-8"))
    assert len(shown) == 8
    for name, alternative in shown:
        title = ElementTree.parse(PICTURES / name).findtext("{http://www.w3.org/2000/svg}title")
        assert alternative.startswith(str(title)), name


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.name)
def test_no_letter_is_too_small_and_no_colour_is_foreign(path: Path) -> None:
    svg = path.read_text("utf-8")
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)) >= theme.SMALL
    assert set(re.findall(r"#[0-9a-fA-F]{6}", svg)) <= COLOURS


@pytest.mark.parametrize("page", FOR_OPS, ids=lambda page: page.name)
def test_the_story_begins_with_the_numbers_of_its_picture(page: Path) -> None:
    numbers = json.loads((PICTURES / "numbers.json").read_text("utf-8"))
    before, after = numbers["season"]["nothing"]["phone"][-2:]
    opening = page.read_text("utf-8").split("\n## ")[0]
    assert f"{before:.2f}" in opening
    assert f"{after:.2f}" in opening


@pytest.mark.parametrize("page", FOR_OPS, ids=lambda page: page.name)
def test_the_page_for_ops_leads_stays_short(page: Path) -> None:
    assert page.read_text("utf-8").count("\n") <= 200


def test_every_module_that_the_page_for_statisticians_names_exists() -> None:
    page = (EXPLANATION / "statistics.md").read_text("utf-8")
    named = set(re.findall(r"`(loopqa(?:\.\w+)+)`", page))
    assert len(named) > 20
    assert [name for name in sorted(named) if find_spec(name) is None] == []
