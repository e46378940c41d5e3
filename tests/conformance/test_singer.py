"""The first-party source ``singer`` keeps the rules that third parties are held to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from loopqa.testing import Failing, SourceSuite
from tests.plugin.fake_taps import SINGER, TEXT, Taps, entry

SEEN = [
    {"ticket": 1, "at": "2026-01-31", "speed": 4, "remark": "等了很久"},
    {"ticket": 2, "at": "2026-02-10", "speed": 2, "remark": None},
    {"ticket": 3, "at": "2026-02-28", "speed": 5, "remark": "thanks, all fine"},
]
KINDS = {"ticket": {"type": "integer"}, "at": TEXT, "speed": {"type": "integer"}, "remark": TEXT}
CATALOG = {"streams": [entry("answers", KINDS, key_properties=["ticket"])]}
BODY = f"""
if "password" not in config:
    log("password is missing")
    sys.exit(1)
rows = {SEEN}
begin = (state or {{"at": ""}})["at"]
schema({KINDS}, key=["ticket"], bookmark_properties=["at"])
for row in rows:
    if row["at"] >= begin:
        record(**row)
        say("STATE", value={{"at": row["at"]}})
"""


class TestSinger(SourceSuite):
    plugin = SINGER
    rows = SEEN
    failing = {
        "a tap that is not there": Failing({"tap": "tap-nowhere"}),
        "a config that lacks something": Failing({"config": {}}),
        "a stream that is not there": Failing({"stream": "questions"}),
    }

    @pytest.fixture
    def whole(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
        monkeypatch.setenv("TAP_PASSWORD", "opensesame")
        Taps(root).install(BODY, CATALOG)
        config = {"password": "${env:TAP_PASSWORD}"}
        return {"tap": "tap-fake", "stream": "answers", "config": config}

    @pytest.fixture
    def options(self, whole: Mapping[str, Any]) -> Mapping[str, Any]:
        return whole


class TestSingerReadWhole(TestSinger):
    @pytest.fixture
    def options(self, whole: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**whole, "incremental": False}
