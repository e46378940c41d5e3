"""The source of the tutorial passes the rules of all sources as it stands on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from loopqa.model.window import Window
from loopqa.testing import Desk, Failing, SourceSuite, loaded

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "your-own-source.md"

FORM = "visit: {visit}\ndate: {date}\nshop: {shop}\nwaiting: {waiting}\nremark: {remark}\n"
VISITS = [
    {"visit": "V1", "date": "2026-02-27", "shop": "North", "waiting": "2", "remark": "排队: 十分"},
    {"visit": "V2", "date": "2026-03-02", "shop": "South", "waiting": "5", "remark": ""},
    {"visit": "V3", "date": "2026-03-31", "shop": "South", "waiting": "1", "remark": "-"},
]


def on_the_page(file: str) -> str:
    """The text of a block that the page writes to a file."""
    found = re.search(rf"^```\w+ file={file}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    assert found is not None, file
    return found[1]


@pytest.fixture(scope="class", autouse=True)
def _taken_from_the_page(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("page") / "visits.py"
    file.write_text(on_the_page("plugins/visits.py"), encoding="utf-8")
    request.cls.plugin = loaded(file).Visits


class TestVisits(SourceSuite):
    rows = VISITS
    at, window = "date", Window.parse("2026-03-01..2026-03-31")
    failing = {"a folder in its place": Failing({"path": "."})}

    @pytest.fixture
    def options(self, root: Path) -> Mapping[str, Any]:
        forms = [FORM.format(**visit) for visit in VISITS]
        (root / "forms.txt").write_text("---\n".join([*forms, "no form\n"]), encoding="utf-8")
        return {"path": "forms.txt"}

    def test_the_workspace_of_the_page_takes_it(
        self, desk: Desk, options: Mapping[str, Any]
    ) -> None:
        files = ("plugins/visits.py", "rubrics/visits.yaml", "workflows/visits-monthly.yaml")
        desk.writes({file: on_the_page(file) for file in files})
        assert "all definitions are sound" in desk.loopqa("check")
        checked = desk.json("plugins", "check", "visits", "--set", f"path={options['path']}")
        assert checked["sound"]
        assert "no plugin and no type" in desk.loopqa("plugins", "check", "x9", code=2)

    def test_the_test_on_the_page_leaves_no_rule_out(self) -> None:
        assert "left_out" not in on_the_page("tests/test_visits.py")
