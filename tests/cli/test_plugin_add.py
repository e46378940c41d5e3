"""``loopqa plugins add`` puts a plugin that comes with LoopQA into a workspace."""

from __future__ import annotations

from pathlib import Path

PLUGINS = Path(__file__).parents[2] / "plugins"


def test_every_single_file_plugin_is_listed(loopqa):
    names = sorted(file.stem for file in PLUGINS.glob("*.py"))
    assert "effort" in names
    assert loopqa("plugins", "add").lines == names


def test_a_plugin_is_copied_and_can_be_used_at_once(loopqa, at):
    root = at("new")
    assert loopqa("plugins", "add", "effort").lines == ["plugins/effort.py"]
    copied = root / "plugins" / "effort.py"
    assert copied.read_bytes() == (PLUGINS / "effort.py").read_bytes()
    assert any(
        line.split()[:2] == ["scoring", "effort"] for line in loopqa("plugins", "list").lines
    )
    assert loopqa("plugins", "add", "effort").code == 0


def test_a_file_that_is_another_one_stays(loopqa, at):
    root = at("new")
    (root / "plugins").mkdir(exist_ok=True)
    own = root / "plugins" / "effort.py"
    own.write_text("# ours\n", encoding="utf-8")
    refused = loopqa("plugins", "add", "effort")
    assert refused.code == 2
    assert refused.err == (
        "error: plugins/effort.py: the file is there already, and is another one\n"
        "  hint: remove or rename it first\n"
    )
    assert own.read_text("utf-8") == "# ours\n"


def test_a_misspelt_name_is_told(loopqa, at):
    at("new")
    refused = loopqa("plugins", "add", "efort")
    assert refused.code == 2
    assert refused.err == (
        "error: no plugin 'efort' comes with LoopQA\n  hint: did you mean 'effort'?\n"
    )


def test_outside_a_workspace_nothing_is_written(loopqa, tmp_path):
    assert loopqa("plugins", "add", "effort").code == 2
    assert not (tmp_path / "plugins").exists()


def test_what_stands_in_the_way_is_told(loopqa, at):
    root = at("new")
    (root / "plugins" / "effort.py").mkdir(parents=True)
    assert loopqa("plugins", "add", "effort").code == 2
    (root / "plugins" / "effort.py").rmdir()
    (root / "plugins").rmdir()
    (root / "plugins").write_text("a file where a folder should be")
    refused = loopqa("plugins", "add", "effort")
    assert refused.code == 3
    assert "error: plugins/effort.py: the file can't be written: File exists" in refused.err
