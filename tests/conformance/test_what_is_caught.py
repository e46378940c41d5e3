"""Each mistake of an author is caught by the check that is about it, and by words that help."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from loopqa.conformance.case import Failing
from loopqa.conformance.checking import outcomes
from loopqa.conformance.source_case import SourceCase
from loopqa.conformance.sources import SOURCE_CHECKS
from loopqa.model.window import Window
from tests.conformance import faulty_sources as faulty

WINDOW = Window(date(2026, 2, 1), date(2026, 2, 28))
PATH = {"path": "nowhere/x.txt"}


def caught(
    plugin: type, root: Path, *checks: str, failing: Failing | None = None
) -> dict[str, str]:
    """Name of each check (of all, or of those named) that complains, with its first complaint."""
    named = {} if failing is None else {"no file": failing}
    case = SourceCase(
        plugin,
        {"password": "opensesame"},
        root,
        named,
        faulty.ROWS,
        [{"size": 1}, {"size": 3}],
        WINDOW,
        "at",
    )
    return {
        one.check.name: one.wrong[0].render("en")
        for one in outcomes(
            [one for one in SOURCE_CHECKS if one.name in checks or not checks], case
        )
        if one.wrong
    }


def test_a_sound_source_is_not_complained_about(tmp_path: Path) -> None:
    assert caught(faulty.Sound, tmp_path) == {}


@pytest.mark.parametrize(
    ("plugin", "check", "words"),
    [
        (faulty.LacksItsSummary, "interface", "class LacksItsSummary lacks summary"),
        (faulty.TakesAnyOption, "unknown-options", "an unknown option is taken in silence"),
        (faulty.PlainPassword, "secret-types", "option 'password' sounds secret"),
        (faulty.OpensWhenMade, "no-io-in-init", "__init__ reaches outside: open "),
        (faulty.PrintsItsPassword, "hidden-secrets", "a secret can be read"),
        (faulty.CheckLeavesTraces, "check", "check() writes checked.txt"),
        (faulty.YieldsTuples, "items", "it yields tuple, which is no batch"),
        (faulty.YieldsNested, "items", "column 'tags' holds a list"),
        (faulty.UsesItsListAgain, "own-batches", "a batch is changed after it was handed over"),
        (faulty.LosesTheLastPage, "rows", "a row is lacking: at='2026-02-05', speed=5"),
        (faulty.DoublesRows, "rows", "a row is there that should not be, or too often"),
        (faulty.RunsDry, "again", "a row is lacking"),
        (faulty.PagesWithAGap, "paging", "with size: 3: a row is lacking"),
        (faulty.GivesOtherColumns, "columns", "asked for column 'ticket' only"),
        (faulty.ForgetsAColumn, "column-names", "columns() does not name speed"),
        (faulty.CutsTheWindow, "window", "a row of the window is lacking"),
        (faulty.TellsLocalTimes, "time-zones", "rows depend on the machine's time zone"),
        (faulty.MixesTimes, "time-zones", "column 'at' holds times with a zone and times without"),
        (faulty.RejectsWithoutReason, "rejected", "a rejected row has no reason"),
        (faulty.SetsNoBookmark, "bookmarks", "it is incremental, but yields no bookmark"),
        (faulty.SetsBookmarksForNobody, "bookmarks", "it yields bookmarks, but is not incremental"),
        (faulty.NamesNoRecord, "records", "5 of 5 rows have no _id"),
        (faulty.ChangesInSilence, "records", "record 4 comes with other values under one _version"),
        (faulty.MarksWithDates, "json-bookmarks", "a bookmark is no JSON"),
        (faulty.MarksWithItsPassword, "json-bookmarks", "a bookmark holds a secret"),
        (faulty.MarksTooFar, "going-on", "after a bookmark behind 2 rows, a row is lacking"),
        (faulty.NeverMovesOn, "moving-on", "going on from the last bookmark reads all 5 rows"),
        (faulty.GivesUpWithoutNetwork, "lost-network", "its PluginError says retryable=False"),
        (faulty.RaisesWithoutNetwork, "lost-network", "it failed with URLError"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_mistake_is_caught(plugin: type, check: str, words: str, tmp_path: Path) -> None:
    found = caught(plugin, tmp_path, check)
    assert found[check].startswith(words)
    assert "opensesame" not in str(found)


@pytest.mark.parametrize(
    ("plugin", "failing", "words"),
    [
        (faulty.Sound, Failing(PATH), "no file: it did not fail"),
        (faulty.FailsRaw, Failing(PATH), "no file: it failed with FileNotFoundError"),
        (faulty.FailsForGood, Failing(PATH, retryable=True), "no file: its PluginError says"),
        (faulty.TellsItsPassword, Failing(PATH), "no file: the error shows a secret"),
        (faulty.TellsItsPassword, Failing(PATH, True), "no file: it raised DataError instead"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_failure_without_words_is_caught(
    plugin: type, failing: Failing, words: str, tmp_path: Path
) -> None:
    assert caught(plugin, tmp_path, "failures", failing=failing)["failures"].startswith(words)


def test_a_flood_in_one_batch_is_caught(tmp_path: Path) -> None:
    said = caught(faulty.YieldsAFlood, tmp_path, "bounded-batches")["bounded-batches"]
    assert said == "a batch has 100001 rows; at most 100000 are good"
