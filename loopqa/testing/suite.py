"""What the suites of all kinds of plugins have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from loopqa.conformance.case import Case, Failing
from loopqa.conformance.checking import Check, outcome
from loopqa.language import speaking
from loopqa.testing.web import WebServer, serving
from loopqa.testing.workspace import Desk, desk_in


class Suite:
    """Base of the test classes that run the conformance checks of a plugin.

    A subclass is called ``Test...``, names the ``plugin`` and overrides the fixture ``options``.
    """

    plugin: ClassVar[Any]  #: the class
    failing: ClassVar[Mapping[str, Failing]] = {}
    """Options under which the plugin must fail, by what is wrong in words."""
    left_out: ClassVar[Mapping[str, str]] = {}
    """Names of checks that do not fit this plugin, each with the reason."""

    @pytest.fixture(autouse=True)
    def english(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Messages are English, whatever the author speaks: tests may match their words."""
        monkeypatch.setenv("LOOPQA_LANG", "en")

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        """The folder of the workspace; relative paths of options start there."""
        folder = tmp_path / "workspace"
        folder.mkdir(exist_ok=True)
        return folder

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        """The options of the plugin as they would stand in YAML."""
        return {}

    @pytest.fixture
    def web(self) -> Iterator[WebServer]:
        """An HTTP server on loopback."""
        with serving() as server:
            yield server

    @pytest.fixture
    def desk(self, root: Path) -> Desk:
        """A workspace in ``root``, to run commands in: ``desk.loopqa("run")``."""
        return desk_in(root)

    def holds(self, check: Check, case: Case) -> None:
        """Run one check: skip what could not be told, fail with all that is wrong."""
        if check.name in self.left_out:
            pytest.skip(self.left_out[check.name])
        found = outcome(check, case)
        with speaking("en"):
            if found.untold is not None:
                pytest.skip(str(found.untold))
            if found.wrong:
                pytest.fail("\n".join(map(str, found.wrong)), pytrace=False)
