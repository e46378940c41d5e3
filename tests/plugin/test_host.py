"""The host finds plugins, isolates broken ones, and says what is wrong with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from loopqa.errors import DefinitionError, PluginError, UsageError
from loopqa.model.rubric import (
    Boxes,
    ColumnMeasure,
    Dimension,
    Indicator,
    Label,
    Rubric,
    Scale,
    SchemeSpec,
)
from loopqa.model.workflow import PluginSpec
from loopqa.plugin.host import PluginHost, builtin_host
from loopqa.plugin.loading import BUILTIN

SCHEME = """
from loopqa.language import text
from loopqa.model.coding import LevelCoding, Score
from loopqa.plugin import Options, Scoring, hookimpl

class StarOptions(Options):
    stars: int = 5

class Stars(Scoring):
    type = "stars"
    summary = text("stars")
    Config = StarOptions

    def code(self):
        return LevelCoding({1.0: 1.0})

    def score(self, inputs):
        return Score(None, None, 0)

@hookimpl
def loopqa_scorings():
    return [Stars]
"""

GUARD = """
from loopqa.plugin import hookimpl

@hookimpl
def loopqa_guard(action):
    return None
"""


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins"
    folder.mkdir()
    return folder


def host(plugins: Path, **options: object) -> PluginHost:
    return PluginHost(plugins.parent, **options)  # type: ignore[arg-type]


def reasons(plugins: Path) -> dict[str, str]:
    return {failure.name: failure.reason.render("en") for failure in host(plugins).failures}


def rubric(scheme: SchemeSpec, measure: ColumnMeasure | None = None) -> Rubric:
    label = Label("x", "x")
    indicator = Indicator(
        "rating", "customer", label, measure or ColumnMeasure(("x",)), scheme, weight=1.0
    )
    return Rubric(
        id="r",
        version="1",
        title=label,
        scale=Scale(1, 5),
        boxes=Boxes((4, 5), (1, 2)),
        dimensions=(Dimension("speed", label, 1.0, (indicator,)),),
        hash="0",
    )


def test_every_built_in_plugin_loads() -> None:
    assert builtin_host().failures == ()


def test_every_built_in_module_with_hooks_is_on_the_list() -> None:
    folder = Path(__file__).parents[2] / "loopqa" / "builtin"
    having = {
        f"loopqa.builtin.{file.stem}"
        for file in folder.glob("*.py")
        if "@hookimpl" in file.read_text(encoding="utf-8")
    }
    assert having == set(BUILTIN)


def test_a_workspace_file_adds_a_scheme(plugins: Path) -> None:
    (plugins / "stars.py").write_text(SCHEME, encoding="utf-8")
    with_stars = host(plugins)
    assert with_stars.scoring("stars").type == "stars"
    assert "stars" in with_stars.scorings()
    assert with_stars.failures == ()


def test_an_edited_workspace_file_counts_at_once(plugins: Path) -> None:
    (plugins / "stars.py").write_text(SCHEME, encoding="utf-8")
    assert host(plugins).scoring("stars").Config().stars == 5
    (plugins / "stars.py").write_text(SCHEME.replace("= 5", "= 7"), encoding="utf-8")
    assert host(plugins).scoring("stars").Config().stars == 7


def test_files_that_begin_with_an_underscore_are_no_plugins(plugins: Path) -> None:
    (plugins / "_shared.py").write_text("1 / 0", encoding="utf-8")
    assert host(plugins).failures == ()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def broken(:\n", "syntax error in line 1: invalid syntax"),
        ("x = 1\n\n1 / 0\n", "ZeroDivisionError at p.py:3: division by zero"),
        ("import sys\nsys.exit(7)\n", "SystemExit at p.py:2: 7"),
        (
            "import no_such_thing\n",
            "ModuleNotFoundError at p.py:1: No module named 'no_such_thing'",
        ),
        ("LOOPQA_API = '2.0'\n", "written for plugin interface 2.0, this is 1.0"),
        ("LOOPQA_API = 'new'\n", "written for plugin interface new, this is 1.0"),
        (
            SCHEME.replace("loopqa_scorings", "loopqa_scoring"),
            "there is no hook loopqa_scoring; did you mean 'loopqa_scorings'?",
        ),
        (SCHEME.replace("@hookimpl", ""), "function loopqa_scorings lacks the mark @hookimpl"),
        (
            SCHEME.replace("loopqa_scorings()", "loopqa_scorings(rubric)"),
            "hook loopqa_scorings takes no argument rubric",
        ),
        (
            SCHEME.replace("@hookimpl", "").replace("loopqa_scorings", "loopqa_scoring"),
            "there is no hook loopqa_scoring; did you mean 'loopqa_scorings'?",
        ),
        (
            SCHEME.replace("@hookimpl", "").replace("loopqa_scorings", "lopqa_scorings"),
            "there is no hook lopqa_scorings; did you mean 'loopqa_scorings'?",
        ),
        (
            SCHEME.replace("@hookimpl\ndef", "@hookimpl\nasync def"),
            "hook loopqa_scorings must not be async",
        ),
        (
            SCHEME.replace("return [Stars]", "yield Stars"),
            "hook loopqa_scorings must return, not yield",
        ),
        (
            GUARD.replace("action", "act"),
            "hook loopqa_guard takes no argument act; "
            "it takes transition, action, actor, root, options",
        ),
        (
            GUARD.replace("action", "action=None"),
            "the arguments of hook loopqa_guard must be plain names",
        ),
        (
            GUARD.replace("action", "*, action"),
            "the arguments of hook loopqa_guard must be plain names",
        ),
        (
            "from loopqa.plugin import hookimpl\n\nclass Mine:\n"
            "    @hookimpl\n    def loopqa_event(self, event): ...\n",
            "hook loopqa_event stands in class Mine; write it as a function of the file",
        ),
        (
            SCHEME.replace("[Stars]", "Stars"),
            "hook loopqa_scorings must return a list of classes",
        ),
        (
            SCHEME.replace("[Stars]", "[1 / 0]"),
            "hook loopqa_scorings failed: ZeroDivisionError at p.py:22: division by zero",
        ),
        (SCHEME.replace("[Stars]", "[5]"), "5 is not a subclass of Scoring"),
        (SCHEME.replace("def code", "def kode"), "class Stars lacks code"),
        (SCHEME.replace('type = "stars"', ""), "class Stars lacks type"),
        (SCHEME.replace("Config = StarOptions", ""), "class Stars lacks Config"),
        (
            SCHEME.replace('"stars"', '"rating"', 1),
            "plugin 'scoring_levels' already has the scoring scheme 'rating'",
        ),
    ],
)
def test_a_broken_plugin_is_listed_with_the_reason(plugins: Path, source: str, reason: str) -> None:
    (plugins / "p.py").write_text(source, encoding="utf-8")
    (plugins / "sound.py").write_text(SCHEME, encoding="utf-8")
    loaded = host(plugins)
    (failure,) = loaded.failures
    assert (failure.name, failure.origin) == ("p", "plugins/p.py")
    assert failure.reason.render("en") == reason
    assert loaded.scoring("stars").type == "stars"
    assert loaded.scoring("rating").__module__.startswith("loopqa.builtin")


def test_a_plugin_that_raises_nothing_but_rubbish_does_not_stop_the_rest(plugins: Path) -> None:
    (plugins / "a.py").write_text("raise Exception", encoding="utf-8")
    (plugins / "b.py").write_bytes(b"\xff\xfe\x00")
    (plugins / "c.py").write_text(SCHEME, encoding="utf-8")
    assert set(reasons(plugins)) == {"a", "b"}
    assert host(plugins).scoring("stars").type == "stars"


def test_a_blocked_plugin_is_left_alone(plugins: Path) -> None:
    (plugins / "stars.py").write_text("1 / 0", encoding="utf-8")
    loaded = host(plugins, blocked=["stars", "scoring_levels"])
    assert loaded.failures == ()
    with pytest.raises(UsageError):
        loaded.scoring("rating")


def test_safe_mode_loads_built_in_plugins_only(
    plugins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (plugins / "stars.py").write_text(SCHEME, encoding="utf-8")
    monkeypatch.setenv("LOOPQA_SAFE_MODE", "1")
    with pytest.raises(UsageError) as caught:
        host(plugins).scoring("stars")
    assert str(caught.value) == (
        "there is no scoring scheme 'stars'\n"
        "  hint: safe mode is on: only the built-in plugins are loaded"
    )


def test_an_installed_distribution_adds_plugins_through_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme_stars.py").write_text(SCHEME, encoding="utf-8")
    described = tmp_path / "acme-1.2.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Name: acme\nVersion: 1.2\n", encoding="utf-8")
    (described / "entry_points.txt").write_text(
        "[loopqa]\nbroken = acme_missing\nstars = acme_stars\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded = PluginHost()
    assert loaded.scoring("stars").__module__ == "acme_stars"
    (failure,) = loaded.failures
    assert (failure.name, failure.origin) == ("broken", "acme 1.2")


def test_an_entry_point_may_name_an_object_but_not_a_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme_watch.py").write_text(
        "from loopqa.plugin import hookimpl\n\nclass Watch:\n"
        "    @hookimpl\n    def loopqa_event(self, event): ...\n\nwatch = Watch()\n",
        encoding="utf-8",
    )
    described = tmp_path / "acme-1.2.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Name: acme\nVersion: 1.2\n", encoding="utf-8")
    (described / "entry_points.txt").write_text(
        "[loopqa]\na_class = acme_watch:Watch\nan_object = acme_watch:watch\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded = PluginHost()
    (failure,) = loaded.failures
    assert (failure.name, failure.reason.render("en")) == (
        "a_class",
        "class Watch is no plugin; give an object of it",
    )
    assert [one.plugin for one in loaded.listeners("loopqa_event")] == ["an_object"]


def test_installed_distributions_are_not_looked_for_while_built_ins_suffice() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys; os.environ['PYDANTIC_DISABLE_PLUGINS'] = '__all__'\n"
            "from loopqa.plugin import builtin_host\n"
            "import importlib.metadata as metadata\n"
            "metadata.entry_points = lambda **_: sys.exit('scanned')\n"
            "builtin_host().source('csv'); print('pyarrow' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "False\n"


def test_importing_the_interface_brings_in_neither_pydantic_nor_pluggy() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, loopqa.plugin\nprint({'pydantic', 'pluggy'} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "set()\n"


def test_every_public_name_of_the_interface_exists() -> None:
    import loopqa.plugin

    assert all(getattr(loopqa.plugin, name) is not None for name in loopqa.plugin.__all__)


def test_an_unknown_type_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        builtin_host().source("cvs")
    assert str(caught.value) == "there is no source 'cvs'\n  hint: did you mean 'csv'?"


def test_an_unknown_type_names_a_plugin_that_failed(plugins: Path) -> None:
    (plugins / "effort.py").write_text("1 / 0", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        host(plugins).scoring("effort")
    assert str(caught.value) == (
        "there is no scoring scheme 'effort'\n"
        "  hint: plugin 'effort' could not be loaded: "
        "ZeroDivisionError at effort.py:1: division by zero"
    )


def test_wrong_options_of_an_input_are_told_with_their_place() -> None:
    spec = PluginSpec("csv", {"path": "x.csv", "hedaer_row": 2}, place="workflows/w.yaml:9:5")
    with pytest.raises(DefinitionError) as caught:
        builtin_host().make_source(spec, root=Path("/"))
    assert str(caught.value) == (
        "workflows/w.yaml:9:5: unknown option 'hedaer_row'\n  hint: did you mean 'header_row'?"
    )


def test_wrong_options_of_a_scheme_name_the_indicator(plugins: Path) -> None:
    (plugins / "stars.py").write_text(SCHEME, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        host(plugins).schemes(rubric(SchemeSpec("stars", {"stars": "many"})))
    assert str(caught.value) == (
        "scoring scheme 'stars' of indicator 'rating': "
        "option 'stars' must be a whole number, not 'many'"
    )


def test_schemes_are_made_for_every_indicator() -> None:
    schemes = builtin_host().schemes(rubric(SchemeSpec("rating")))
    assert list(schemes) == ["speed.rating"]
    assert schemes["speed.rating"].context.scale == Scale(1, 5)


def test_a_scheme_that_fails_when_it_is_made_is_the_plugins_failure(plugins: Path) -> None:
    failing = SCHEME.replace(
        "    def code(self):", "    def __init__(self, *_):\n        1 / 0\n\n    def code(self):"
    )
    (plugins / "stars.py").write_text(failing, encoding="utf-8")
    with pytest.raises(PluginError) as caught:
        host(plugins).schemes(rubric(SchemeSpec("stars")))
    assert str(caught.value) == (
        "plugin 'stars' failed: ZeroDivisionError at stars.py:15: division by zero"
    )


def test_make_detector_gives_a_detector_of_the_type() -> None:
    assert builtin_host().make_detector(PluginSpec("drop")).type == "drop"
