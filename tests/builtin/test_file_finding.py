"""Which files a path or pattern means, and what is said when it means none."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopqa.builtin.file_search import find_files
from loopqa.errors import DataError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    for name in ("ratings-01.csv", "ratings-02.csv", "~$ratings-03.csv", "a [1].csv"):
        (tmp_path / "data" / name).write_text("x\n", encoding="utf-8")
    return tmp_path


def names(root: Path, *patterns: str) -> list[str]:
    return [file.name for file in find_files(root, patterns)]


def complaint(root: Path, pattern: str) -> str:
    with pytest.raises(DataError) as caught:
        find_files(root, pattern)
    return str(caught.value)


def test_relative_paths_and_patterns_start_at_the_root(root: Path) -> None:
    assert names(root, "data/ratings-*.csv") == ["data/ratings-01.csv", "data/ratings-02.csv"]
    assert names(root, "**/ratings-01.csv", "data/*01.csv") == ["data/ratings-01.csv"]


def test_a_file_whose_name_looks_like_a_pattern_is_itself(root: Path) -> None:
    assert names(root, "data/a [1].csv") == ["data/a [1].csv"]


def test_a_root_whose_name_looks_like_a_pattern_does_no_harm(tmp_path: Path) -> None:
    odd = tmp_path / "w[1]"
    odd.mkdir()
    (odd / "a.csv").write_text("x\n", encoding="utf-8")
    assert names(odd, "*.csv") == ["a.csv"]


def test_files_outside_the_root_keep_their_whole_path(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.csv"
    outside.write_text("x\n", encoding="utf-8")
    assert names(root / "data", str(outside)) == [str(outside)]


def test_a_missing_file_names_the_nearest(root: Path) -> None:
    assert complaint(root, "data/rating-01.csv") == (
        "there is no file 'data/rating-01.csv'\n  hint: did you mean 'ratings-01.csv'?"
    )


def test_a_pattern_without_files_tells_what_the_folder_holds(root: Path) -> None:
    assert complaint(root, "data/*.xlsx") == (
        "no file matches 'data/*.xlsx'\n"
        f"  hint: the folder '{root}/data' holds "
        "a [1].csv, ratings-01.csv, ratings-02.csv, ~$ratings-03.csv"
    )


def test_a_missing_folder_is_named(root: Path) -> None:
    assert complaint(root, "dta/*/x.csv") == (
        f"no file matches 'dta/*/x.csv'\n  hint: there is no folder '{root}/dta'"
    )


def test_an_empty_folder_is_said_to_be_empty(root: Path) -> None:
    (root / "new").mkdir()
    assert complaint(root, "new/x.csv") == (
        f"there is no file 'new/x.csv'\n  hint: the folder '{root}/new' is empty"
    )


def test_a_folder_is_no_file(root: Path) -> None:
    assert complaint(root, "data/") == (
        "'data/' is a folder, not a file\n  hint: name its files, as in data/*.csv"
    )
