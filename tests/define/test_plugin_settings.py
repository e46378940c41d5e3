"""What ``plugins:`` in ``loopqa.yaml`` says is checked against the plugins that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopqa.define.checking import check
from loopqa.plugin import PluginHost

GATE = """
from loopqa.plugin import Options, hookimpl

class Config(Options):
    strict: bool = False

@hookimpl
def loopqa_guard(options):
    return None
"""


@pytest.fixture
def problems(tmp_path: Path):
    """Check a workspace with these settings."""

    def checked(settings: str) -> list[str]:
        (tmp_path / "plugins").mkdir(exist_ok=True)
        (tmp_path / "plugins" / "gate.py").write_text(GATE)
        file = tmp_path / "loopqa.yaml"
        file.write_text(settings)
        found = check((file,), PluginHost(tmp_path))
        return [str(one).replace(f"{tmp_path}/", "") for one in found]

    return checked


def test_right_options_are_sound(problems) -> None:
    assert problems("plugins: {gate: {strict: true}}\n") == []
    assert problems("plugins: {}\n") == []


def test_a_blocked_name_that_no_plugin_has_is_warned_of(problems) -> None:
    assert problems("block_plugins: [gate]\n") == []
    assert problems("block_plugins: [gaet]\n") == [
        "loopqa.yaml:1:1: there is no plugin 'gaet'\n  hint: did you mean 'gate'?"
    ]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            "plugins:\n  gate: {stict: true}\n",
            "loopqa.yaml:2:17: unknown option 'stict'\n  hint: did you mean 'strict'?",
        ),
        (
            "plugins:\n  gate: {strict: perhaps}\n",
            "loopqa.yaml:2:18: option 'strict' must be true or false, not 'perhaps'",
        ),
        (
            "plugins:\n  gat: {strict: true}\n",
            "loopqa.yaml:2:3: there is no plugin 'gat'\n  hint: did you mean 'gate'?",
        ),
        (
            "plugins:\n  source_csv: {path: x}\n",
            "loopqa.yaml:2:3: plugin 'source_csv' takes no options of its own\n"
            "  hint: its sources, notifiers and the like get theirs where they are named",
        ),
    ],
)
def test_wrong_ones_are_told_at_their_place(problems, settings: str, said: str) -> None:
    assert problems(settings) == [said]
