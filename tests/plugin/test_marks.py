"""A process that does not come out of a plugin leaves a mark; after two, the plugin is blocked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loopqa.plugin.host import PluginHost
from loopqa.plugin.isolation.home import Home
from loopqa.plugin.isolation.marks import FOLDER, marks_of

TORTURE = Path(__file__).parent / "torture"

PROCESS = """
import os, sys
from pathlib import Path
from types import SimpleNamespace
from loopqa.model.workflow import PluginSpec
from loopqa.plugin.host import PluginHost

host = PluginHost(Path(sys.argv[1]))
detector = host.make_detector(PluginSpec("bad_detector", {"how": sys.argv[2]}))
print("begin", flush=True)
detector.detect(SimpleNamespace(rubric=SimpleNamespace(dimensions=())))
if sys.argv[3:]:
    os._exit(int(sys.argv[3]))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "plugins").mkdir()
    shutil.copy(TORTURE / "bad_inside.py", tmp_path / "plugins")
    return tmp_path


def detects(root: Path, how: str, *leave: str) -> int:
    command = [sys.executable, "-c", PROCESS, str(root), how, *leave]
    return subprocess.run(command, capture_output=True, timeout=120).returncode


def failures(root: Path) -> list[str]:
    return [str(one.reason) for one in PluginHost(root).failures]


def ended(times: int, name: str = "bad_inside") -> str:
    return (
        f"blocked: the process ended {times} times while it was at work; "
        f"change plugins/{name}.py, or `loopqa plugins unblock {name}`"
    )


def test_after_two_ends_it_is_left_alone_until_it_is_changed(root: Path) -> None:
    assert detects(root, "exits") == 9
    assert failures(root) == []
    assert detects(root, "exits") == 9
    assert failures(root) == [ended(2)]
    with (root / "plugins" / "bad_inside.py").open("a") as file:
        file.write("# mended\n")
    assert failures(root) == []


def test_a_worker_that_is_ended_while_a_plugin_hangs_leaves_a_mark(root: Path) -> None:
    for _ in range(2):
        command = [sys.executable, "-c", PROCESS, str(root), "hangs"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begin\n"
            marks = root / ".loopqa" / "plugins"
            while not any(file.read_bytes()[:1] == b"1" for file in marks.glob("*.mark")):
                assert process.poll() is None
            assert failures(root) == []  # it is at work, and nobody has ended yet
            process.kill()
    assert failures(root) == [ended(2)]


def test_a_process_that_ends_outside_of_the_plugin_leaves_none(root: Path) -> None:
    for leave in ([], ["7"]):
        assert detects(root, "well", *leave) == (7 if leave else 0)
        assert detects(root, "raises", *leave) == 1
    assert failures(root) == []
    assert list((root / ".loopqa" / "plugins").glob("*.mark")) == []


LISTENED = """
import sys
import time
from pathlib import Path
from loopqa.plugin.host import PluginHost
from types import SimpleNamespace

host = PluginHost(Path(sys.argv[1]))
for listener in host.listeners("loopqa_event"):
    host.call(listener, event=SimpleNamespace(event="action.closed"))
"""


def test_a_listener_that_ends_processes_is_blocked(root: Path) -> None:
    shutil.copy(TORTURE / "bad_listener.py", root / "plugins")
    (root / "end_me").touch()
    command = [sys.executable, "-c", LISTENED, str(root)]
    assert [subprocess.run(command, timeout=120).returncode for _ in range(3)] == [11, 11, 0]
    assert failures(root) == [ended(2, "bad_listener")]


def test_a_plugin_that_exits_while_it_is_loaded_is_blocked(root: Path) -> None:
    (root / "plugins" / "bad_load.py").write_text("import os\nos._exit(6)\n")
    codes = [detects(root, "well") for _ in range(3)]
    assert codes == [6, 6, 0]
    assert failures(root) == [ended(2, "bad_load")]


def test_unblocking_forgets_the_ends(root: Path) -> None:
    for _ in range(2):
        detects(root, "exits")
    assert marks_of(root).forget("bad_inside")
    assert failures(root) == []
    assert not marks_of(root).forget("bad_inside")


def test_processes_that_have_been_inside_for_hours_count_as_ended(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("# a plugin\n")
    home = Home("slow", "plugins/slow.py", tmp_path / "slow.py")
    first, second = marks_of(tmp_path), marks_of(tmp_path)
    with first.inside(home), second.inside(home):
        assert marks_of(tmp_path).ends(home) == 0
        began = time.time() - 3 * 3600
        for file in (tmp_path / FOLDER).iterdir():
            os.utime(file, (began, began))
        assert marks_of(tmp_path).ends(home) == 2
    assert marks_of(tmp_path).ends(home) == 0  # they came out after all


def test_an_idle_process_counts_for_nothing_however_old_it_is(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("# a plugin\n")
    home = Home("slow", "plugins/slow.py", tmp_path / "slow.py")
    idle = marks_of(tmp_path)
    with idle.inside(home):
        pass
    (file,) = (tmp_path / FOLDER).iterdir()
    os.utime(file, (0, 0))
    assert marks_of(tmp_path).ends(home) == 0
    assert file.exists()  # it still holds it
