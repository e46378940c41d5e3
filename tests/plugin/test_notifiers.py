"""Notifiers are found, vetted and made as other plugins are; sections of loopqa.yaml fill gaps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loopqa.errors import DefinitionError, UsageError
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import PluginHost
from tests.engine.told_desk import NOTIFIER


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "trial.py").write_text(NOTIFIER, encoding="utf-8")
    return tmp_path


def test_a_notifier_of_a_workspace_stands_beside_the_built_in_ones(root):
    host = PluginHost(root)
    assert set(host.notifiers()) == {"console", "email", "file", "trial", "webhook"}
    assert host.failures == ()
    made = host.make_notifier(PluginSpec("trial", {"to": ["li"]}), root=root)
    assert (made.config.to, made.root, made.lacking()) == (["li"], root, None)


def test_one_that_cannot_send_is_listed_as_failed(root):
    broken = NOTIFIER.replace("def send", "def post")
    (root / "plugins" / "trial.py").write_text(broken, encoding="utf-8")
    (failure,) = PluginHost(root).failures
    assert failure.reason.render("en") == "class Trial lacks send"


def test_an_unknown_notifier_is_told_with_the_nearest_name(root):
    with pytest.raises(UsageError) as raised:
        PluginHost(root).notifier("emial")
    assert "did you mean 'email'?" in str(raised.value)


def test_the_rule_goes_before_the_settings_and_the_settings_before_the_usual():
    host = PluginHost(defaults={"mail": {"host": "a.cn", "port": 25, "from": "qa@a.cn"}})
    spec = PluginSpec("email", {"to": "li@a.cn", "port": 2525})
    config = host.make_notifier(spec, root=Path()).config
    assert (config.host, config.port, config.timeout) == ("a.cn", 2525, 30)
    assert host.make_notifier(PluginSpec("console", {}), root=Path()).config is not None


def test_wrong_options_are_told(root):
    with pytest.raises(DefinitionError, match="unknown option 'tone'"):
        PluginHost(root).make_notifier(PluginSpec("trial", {"tone": "rude"}), root=root)


def test_plugins_can_be_asked_for_by_several_threads_at_once(root):
    host = PluginHost(root)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(host.notifier, ["trial"] * 8))
    assert {one.type for one in found} == {"trial"}
