"""The source ``http_json`` keeps the rules that third parties are held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from loopqa.plugin import Window, builtin_host
from loopqa.testing import Failing, SourceSuite
from tests.rest_server import Api, served

SEEN = [
    {"id": 1, "day": "2026-01-20", "speed": 4, "changed": "2026-03-01T00:00:00Z"},
    {"id": 2, "day": "2026-02-10", "speed": 2, "changed": "2026-03-01T00:00:00Z"},
    {"id": 3, "day": "2026-02-28", "speed": 5, "changed": "2026-03-02T00:00:00Z"},
    {"id": 4, "day": "2026-05-01", "speed": 1, "changed": "2026-05-02T00:00:00Z"},
]
PAGED = {"by": "offset", "param": "offset", "limit": "limit"}


class HttpJsonSuite(SourceSuite):
    """The same rows, read whole or incrementally."""

    plugin = builtin_host().source("http_json")
    rows = SEEN
    paging = [{"paging": {**PAGED, "size": size}} for size in (1, 3)]
    at = "day"
    window = Window(date(2026, 2, 1), date(2026, 2, 28))
    failing = {
        "a page that is not there": Failing({"items": "results"}),
        "a server that is not there": Failing(
            {"url": "http://127.0.0.1:1/x", "tries": 1}, retryable=True
        ),
    }

    @pytest.fixture
    def api(self) -> Iterator[Api]:
        yield from served(Api(rows=SEEN))

    @pytest.fixture
    def plain(self, api: Api) -> Mapping[str, Any]:
        return {
            "url": f"{api.url}/offset",
            "auth": {"bearer": "a secret"},
            "paging": {**PAGED, "size": 2},
        }


class TestHttpJson(HttpJsonSuite):
    @pytest.fixture
    def options(self, plain: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**plain, "window": {"from": "from", "to": "to"}}


class TestHttpJsonReadOn(HttpJsonSuite):
    @pytest.fixture
    def options(self, plain: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**plain, "id": "id", "incremental": {"column": "changed", "since": "since"}}
