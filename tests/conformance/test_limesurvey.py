"""The plugin ``limesurvey`` keeps the rules of sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from loopqa.testing import Failing, SourceSuite, loaded
from tests.limesurvey_server import SURVEY, LimeSurvey, begun, completed, serving

SHIPPED = Path(__file__).parents[2] / "plugins" / "limesurvey.py"
RESPONSES = [completed(1), completed(2), begun(3), completed(4), completed(5)]


class TestLimeSurvey(SourceSuite):
    plugin = loaded(SHIPPED).LimeSurvey
    rows = [one for one in RESPONSES if one["submitdate"]]
    paging = [{"page": 1}, {"page": 3}]
    failing = {
        "a wrong password": Failing({"password": "guessed"}),
        "another survey": Failing({"survey": 1}),
    }

    @pytest.fixture
    def options(self) -> Iterator[Mapping[str, Any]]:
        for survey in serving(LimeSurvey(list(RESPONSES))):
            yield {
                "url": survey.url,
                "user": "loopqa",
                "password": "open sesame",
                "survey": SURVEY,
            }
