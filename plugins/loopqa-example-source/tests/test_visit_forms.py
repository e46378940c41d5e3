"""The source ``visit_forms``: the rules of all sources, and what is its own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from loopqa_visit_forms import VisitForms

from loopqa.plugin import Bookmark, ReadContext, Rejected, Window
from loopqa.testing import Failing, SourceSuite

VISITS = [
    {"visit": "V1", "visited_at": "2026-02-27", "shop": "North", "greeting": 4, "waiting": 2},
    {"visit": "V2", "visited_at": "2026-03-02", "shop": "North", "greeting": 5, "waiting": 1},
    {"visit": "V3", "visited_at": "2026-03-14", "shop": "South", "greeting": 3, "waiting": 4},
    {"visit": "V4", "visited_at": "2026-04-01", "shop": "South", "greeting": 4, "waiting": 5},
]


def write(folder: Path, visit: dict[str, Any], **more: Any) -> None:
    """Leave a form in the folder, as a form app does."""
    answers = {name: visit[name] for name in ("greeting", "waiting")}
    apart = {name: value for name, value in visit.items() if name not in answers}
    file = folder / "visits" / visit["shop"] / f"{visit['visit']}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**apart, "answers": answers, **more}), encoding="utf-8")


def read(source: VisitForms, state: Any = None) -> tuple[list[dict[str, Any]], Any]:
    """The rows of a reading, and its last bookmark."""
    items = list(source.read(ReadContext(state=state)))
    marks = [item.state for item in items if isinstance(item, Bookmark)]
    return [row for item in items if isinstance(item, list) for row in item], [state, *marks][-1]


def numbers(rows: Iterable[dict[str, Any]]) -> list[str]:
    return [row["visit"] for row in rows]


class TestVisitForms(SourceSuite):
    plugin = VisitForms
    rows = VISITS
    at, window = "visited_at", Window.parse("2026-03-01..2026-03-31")
    failing = {"a folder that is not there": Failing({"path": "nowhere"})}

    @pytest.fixture
    def options(self, root: Path) -> dict[str, Any]:
        for visit in VISITS:
            write(root, visit, photos=["a.jpg"])
        (root / "visits" / "broken.json").write_text("{", encoding="utf-8")
        return {}

    def test_only_new_and_changed_forms_are_read_again(self, case: Any, root: Path) -> None:
        rows, state = read(case.made())
        assert numbers(rows) == ["V1", "V2", "V3", "V4"]
        assert read(case.made(), state) == ([], state)
        write(root, VISITS[1], remark="corrected")
        rows, state = read(case.made(), state)
        assert [(row["_id"], row["remark"]) for row in rows] == [("V2", "corrected")]
        assert read(case.made(), state) == ([], state)

    def test_forms_that_come_at_one_instant_are_all_read_once(
        self, case: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = [replace(form, came=7) for form in case.made()._forms()]
        monkeypatch.setattr("loopqa_visit_forms.GROUP", 1)
        monkeypatch.setattr(VisitForms, "_forms", lambda _: found[:3])
        rows, state = read(case.made())
        monkeypatch.setattr(VisitForms, "_forms", lambda _: found)
        more, state = read(case.made(), state)
        assert sorted(numbers([*rows, *more])) == ["V1", "V2", "V3", "V4"]
        assert read(case.made(), state) == ([], state)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("{", "the form is no JSON"),
            ("[" * 100_000, "the form is no JSON"),
            ("[1]", "the form is no object"),
            ('{"shop": "North"}', "the form has no number"),
        ],
    )
    def test_a_broken_form_is_rejected_by_name(
        self, case: Any, root: Path, content: str, reason: str
    ) -> None:
        (root / "visits" / "broken.json").write_text(content, encoding="utf-8")
        items = list(case.made().read(ReadContext()))
        (rejected,) = [item for item in items if isinstance(item, Rejected)]
        assert (rejected.file, rejected.reason) == ("visits/broken.json", reason)
