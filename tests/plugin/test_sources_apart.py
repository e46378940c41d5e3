"""Sources of third parties work in a process of their own: what they break is told, no more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loopqa.errors import LoopQAError, PluginError
from loopqa.model.plugin_limits import PluginLimits
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import Bookmark, ReadContext, Rejected, Source
from loopqa.plugin.host import PluginHost

TORTURE = Path(__file__).parent / "torture"
LIMITS = PluginLimits(silent=60, check=60, rows=50_000, volume=30_000_000, memory=600_000_000)
HASTY = PluginLimits(silent=1, check=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "plugins").mkdir()
    shutil.copy(TORTURE / "bad_source.py", tmp_path / "plugins")
    return tmp_path


def source(root: Path, how: str, limits: PluginLimits = LIMITS, **options: object) -> Source:
    spec = PluginSpec("bad_source", {"how": how, **options})
    return PluginHost(root, limits=limits).make_source(spec, root=root)


def failure(root: Path, how: str, limits: PluginLimits = LIMITS, **options: object) -> str:
    with pytest.raises(LoopQAError) as caught:
        list(source(root, how, limits, **options).read(ReadContext()))
    return str(caught.value.problems[0].message)


def troubles(root: Path) -> list[str]:
    return [f"{one.plugin}: {one.what}" for one in PluginHost(root).troubles]


def test_a_good_source_is_read_in_another_process(root: Path) -> None:
    made = source(root, "well")
    assert made.check() is None
    assert made.columns() == ("case", "score")
    assert (made.tables(), made.relation(), made.goes_on()) == ((), None, False)
    batches = list(made.read(ReadContext()))
    assert [one["case"] for batch in batches for one in batch.to_pylist()] == ["1", "2", "1", "2"]
    assert [one["_row"] for batch in batches for one in batch.to_pylist()] == [1, 2, 3, 4]
    assert troubles(root) == []


WRONG = {
    "raises": "plugin 'bad_source' failed: KeyError at bad_source.py:67: 'opensesame'",
    "raises system exit": "plugin 'bad_source' failed: SystemExit at bad_source.py:93: enough",
    "exits": "source 'bad_source' ended its process with exit code 0",
    "kills itself": "source 'bad_source' ended: its process was killed by SIGKILL",
    "crashes": "source 'bad_source' ended: its process was killed by SIGSEGV",
    "floods rows": "source 'bad_source' yielded more than 50000 rows and was ended",
    "floods bytes": "source 'bad_source' yielded more than 30 MB and was ended",
    "takes memory": "source 'bad_source' needs more memory than 600 MB",
    "yields one row": "source 'bad_source' yielded dict",
    "yields text": "source 'bad_source' yielded str",
    "yields a damaged batch": "source 'bad_source' yielded a damaged Arrow batch",
    "yields nested arrow": "source 'bad_source' yielded list<item: int64> in column 'case'",
    "yields a wrong bookmark": "source 'bad_source' yielded a bookmark that is no JSON object",
    "returns nothing": "source 'bad_source' returned NoneType from read()",
    "writes everywhere": "source 'bad_source' wrote into the line that its process speaks to ours "
    "through",
}


@pytest.mark.parametrize("how", WRONG)
def test_what_misbehaves_is_stopped_told_and_remembered(root: Path, how: str) -> None:
    assert failure(root, how) == WRONG[how]
    assert troubles(root) == [f"bad_source: {WRONG[how]}"]


@pytest.mark.parametrize("how", ["hangs", "hangs deaf"])
def test_what_is_silent_for_too_long_is_ended(root: Path, how: str) -> None:
    told = "source 'bad_source' gave no sign of life for 1 s and was ended"
    assert failure(root, how, HASTY) == told


def test_a_plugin_that_closes_all_files_is_told_from_one_that_is_done(root: Path) -> None:
    assert failure(root, "closes everything") in {
        "source 'bad_source' ended its process with exit code 1",
        "source 'bad_source' closed the line that its process speaks to ours through",
    }


def test_a_check_that_hangs_is_ended(root: Path) -> None:
    with pytest.raises(PluginError, match="gave no sign of life for 1 s"):
        source(root, "hangs in check", HASTY).check()


def test_a_check_that_exits_is_told(root: Path) -> None:
    with pytest.raises(PluginError, match="ended its process with exit code 7"):
        source(root, "exits in check").check()


def test_rubbish_is_rejected_by_row_and_column_and_the_rest_is_loaded(root: Path) -> None:
    items = list(source(root, "yields rubbish").read(ReadContext()))
    rejected = [one for one in items if isinstance(one, Rejected)]
    assert [(one.row, one.column, one.value) for one in rejected] == [
        (3, "case", "object"),
        (4, "score", "list"),
        (5, "score", "bytes"),
        (6, "score", "dict"),
        (7, "case", "str"),
        (8, "score", "int"),
        (9, None, "int"),
        (10, None, "tuple"),
        (11, None, "NoneType"),
    ]
    rows = [row for one in items if not isinstance(one, Rejected) for row in one.to_pylist()]
    assert [(row["_row"], row["case"], row["score"]) for row in rows[2:-2]] == [
        (12, "13", None),
        (13, "14", "5"),
        (14, "15", "5"),
    ]


def test_columns_that_nobody_wants_do_no_harm(root: Path) -> None:
    context = ReadContext(columns=frozenset({"score"}))
    items = list(source(root, "yields rubbish").read(context))
    rejected = {one.row for one in items if isinstance(one, Rejected)}
    assert rejected == {4, 5, 6, 8, 9, 10, 11}


def test_a_text_beyond_a_million_bytes_is_rejected(root: Path) -> None:
    items = list(source(root, "floods one value").read(ReadContext()))
    (rejected,) = [one for one in items if isinstance(one, Rejected)]
    assert (rejected.row, rejected.column, rejected.value) == (3, "case", None)
    assert rejected.reason == "the text is longer than a million bytes"


def test_a_rejected_row_of_the_source_itself_is_made_one(root: Path) -> None:
    items = list(source(root, "rejects wildly").read(ReadContext()))
    (rejected,) = [one for one in items if isinstance(one, Rejected)]
    assert (rejected.row, rejected.column, rejected.reason) == (0, "5", "why {not}")


def test_what_a_plugin_prints_spoils_nothing_and_is_shown_in_part(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(list(source(root, "prints").read(ReadContext()))) == 2
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.splitlines()
    assert lines[0] == "[bad_source] " + "x" * 200
    assert lines[-1] == "[bad_source] ... and more, which is not shown"
    assert len(lines) == 21


def test_nobody_is_asked_for_input(root: Path) -> None:
    assert "EOFError" in failure(root, "asks")


def test_an_error_on_purpose_comes_through_as_it_is(root: Path) -> None:
    with pytest.raises(PluginError) as caught:
        list(source(root, "refuses").read(ReadContext()))
    assert str(caught.value) == "the other side is closed"
    assert (caught.value.retryable, caught.value.retry_after) == (True, 60)
    assert troubles(root) == []  # this is how a source says that it can't be read now


def test_secrets_are_in_no_message(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORTURE_TOKEN", "opensesame")
    told = failure(root, "tells its secret", token="${env:TORTURE_TOKEN}")
    assert told.endswith("login with *** failed")
    assert "opensesame" not in "".join(troubles(root))


def test_a_use_that_goes_well_ends_the_trouble(root: Path) -> None:
    failure(root, "exits")
    source(root, "well").check()
    assert len(troubles(root)) == 1  # that it can be reached says nothing of reading it
    list(source(root, "well").read(ReadContext()))
    assert troubles(root) == []


def test_a_change_of_the_plugin_ends_the_trouble(root: Path) -> None:
    failure(root, "exits")
    with (root / "plugins" / "bad_source.py").open("a") as file:
        file.write("# mended\n")
    assert troubles(root) == []


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def wait_until_gone(process: int) -> None:
    deadline = time.monotonic() + 60
    while not gone(process):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_processes_that_a_plugin_leaves_behind_are_ended_with_it(root: Path) -> None:
    failure(root, "leaves a process behind")
    wait_until_gone(int((root / "left_behind").read_text()))


READER = """
import os, sys
from pathlib import Path
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import ReadContext
from loopqa.plugin.host import PluginHost

root = Path(sys.argv[1])
made = PluginHost(root).make_source(PluginSpec("bad_source", {"how": "hangs deaf"}), root=root)
stream = made.read(ReadContext())
next(stream)
print("reading", flush=True)
next(stream)
"""


def children_of(process: int) -> list[int]:
    return [
        int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and PR_SET_PDEATHSIG")
def test_when_the_reader_is_killed_the_plugin_ends_as_well(root: Path) -> None:
    command = [sys.executable, "-c", READER, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
        (plugin,) = children_of(reader.pid)
        reader.kill()
    wait_until_gone(plugin)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_when_reading_stops_early_the_plugin_ends(root: Path) -> None:
    before = set(children_of(os.getpid()))
    stream = source(root, "hangs deaf").read(ReadContext())
    next(stream)
    (plugin,) = set(children_of(os.getpid())) - before
    stream.close()  # type: ignore[attr-defined]
    wait_until_gone(plugin)


INCREMENTAL = """
from loopqa.plugin import Bookmark, Options, Source, hookimpl, text


class Counting(Source):
    type = "counting"
    summary = text("counts")
    Config = Options
    incremental = True

    def check(self):
        pass

    def read(self, context):
        first = (context.state or {"next": 1})["next"]
        for number in range(first, first + 3):
            yield [{"_id": number}]
            yield Bookmark({"next": number + 1})
            (self.root / "behind").write_text(str(number))


@hookimpl
def loopqa_sources():
    return [Counting]
"""


def test_a_source_goes_on_behind_a_bookmark_only_when_we_do(root: Path) -> None:
    (root / "plugins" / "counting.py").write_text(INCREMENTAL)
    made = PluginHost(root).make_source(PluginSpec("counting"), root=root)
    assert made.goes_on()
    seen = []
    for item in made.read(ReadContext(state={"next": 7})):
        if isinstance(item, Bookmark):
            seen.append(item.state["next"])
            behind = root / "behind"
            assert (int(behind.read_text()) if behind.exists() else 6) == item.state["next"] - 2
    assert seen == [8, 9, 10]
