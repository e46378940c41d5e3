"""The first-party plugin ``plugins/singer.py`` with taps that break rules, or just break."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from loopqa.errors import DataError, PluginError
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import Bookmark, PluginHost, ReadContext
from tests.plugin.fake_taps import SHIPPED, Taps, reading

SECRET = "pa55 wörd/&"


@pytest.fixture
def taps(tmp_path: Path) -> Taps:
    return Taps(tmp_path)


def failure(taps: Taps, body: str, **options: object) -> str:
    """What is said of a tap that fails."""
    with pytest.raises(PluginError) as caught:
        taps.read(body, **options)
    return str(caught.value)


def wait_until_gone(pid: int) -> None:
    for _ in range(600):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.05)
    pytest.fail(f"process {pid} is still there")


@pytest.mark.parametrize(
    ("line", "reason", "shown"),
    [
        ("Hello, I am a log line", "the line is no Singer message", "Hello, I am a log line"),
        ("[1, 2]", "the line is no Singer message", "[1, 2]"),
        ('{"stream": "answers"}', "the line is no Singer message", '{"stream": "answers"}'),
        ('{"type": "RECORD", "stream": "answers"}', "the line is no Singer message", None),
        ('{"type": "RECORD", "stream": "answers", "rec', "the line is no Singer message", ...),
        ("[" * 100_000, "the line is no Singer message", "[" * 60),
        ("9" * 5_000, "the line is no Singer message", "9" * 60),
        (
            '{"type": "RECORD", "stream": "answers", "record": {"remark": "\\ud83d"}}',
            "the value holds half a character",
            None,
        ),
        (
            '{"type": "RECORD", "stream": "answers", "record": {"remark": "a\\u0000b"}}',
            "the value holds a NUL character",
            None,
        ),
    ],
)
def test_a_line_that_is_no_row_is_rejected_and_the_next_is_read(
    taps: Taps, line: str, reason: str, shown: object
) -> None:
    read = taps.read(f"print({line!r})\nrecord(id=2)")
    (bad,) = read.rejected
    assert (bad.file, bad.row, bad.reason) == ("answers", 1, reason)
    assert bad.value == shown or shown is ...
    assert [row["_id"] for row in read.rows] == [2]


def test_a_line_that_is_not_utf_8_is_rejected(taps: Taps) -> None:
    read = taps.read("sys.stdout.buffer.write(b'\\xff\\xfe\\n')\nrecord(id=2)")
    assert [bad.row for bad in read.rejected] == [1]
    assert len(read.rows) == 1


def test_a_huge_line_is_rejected_without_being_kept(taps: Taps) -> None:
    read = taps.read("""
    record(id=1)
    print('{"type": "RECORD", "stream": "answers", "record": {"id": 9, "remark": "', end="")
    for _ in range(50): print("x" * (1 << 20), end="")
    print('"}}')
    record(id=2)
    """)
    assert [row["_id"] for row in read.rows] == [1, 2]
    assert [(bad.row, len(bad.value or "")) for bad in read.rejected] == [(2, 60)]


def test_messages_nobody_knows_are_passed_over(taps: Taps) -> None:
    read = taps.read("""
    say("ACTIVATE_VERSION", stream="answers", version=7)
    say("WHATEVER", stream="answers", record={"id": 5})
    print()
    record(id=1)
    """)
    assert len(read.rows) == 1
    assert [bad.row for bad in read.rejected] == [3]  # told: an empty line is no message either


def test_rows_in_batch_files_are_not_lost_in_silence(taps: Taps) -> None:
    told = failure(taps, 'say("BATCH", stream="answers", manifest=["file:///x.jsonl"])')
    assert told == "the tap writes BATCH files"


def test_values_of_wrong_types_are_left_for_the_host_to_judge(taps: Taps) -> None:
    rows = taps.read("""
    record(id="seven", score="4.5", remark=12)
    record(id=8, score={"nested": 1}, remark=["x"])
    """).rows
    assert [(row["_id"], row["score"], row["remark"]) for row in rows] == [
        ("seven", "4.5", 12),
        (8, None, '["x"]'),
    ]
    assert rows[1]["score.nested"] == 1


def test_a_tap_without_state_has_no_bookmark(taps: Taps) -> None:
    assert taps.read("record(id=1)\nsay('STATE', value=None)").states == []


def test_what_came_before_a_failure_is_handed_on_with_its_bookmark(taps: Taps) -> None:
    taps.install("""
    record(id=1)
    say("STATE", value={"last": 1})
    record(id=2)
    log("Traceback (most recent call last):")
    log("ConnectionError: no route to host")
    sys.exit(1)
    """)
    came = []
    with pytest.raises(PluginError) as caught:
        came.extend(taps.source().read(ReadContext()))
    assert str(caught.value) == "tap-fake ended with code 1, saying: " + " | ".join(
        ["Traceback (most recent call last):", "ConnectionError: no route to host"]
    )


def test_a_tap_that_is_killed_is_told_with_its_signal(taps: Taps) -> None:
    assert failure(taps, "os.kill(os.getpid(), 9)") == "tap-fake ended with code -9, saying: -"


def test_a_flood_of_log_lines_neither_stops_the_tap_nor_fills_the_memory(taps: Taps) -> None:
    told = failure(
        taps,
        """
        for number in range(20_000): log(f"INFO {number} " + "y" * 1000)
        sys.stderr.write("z" * (1 << 24) + "\\n")
        log("the end")
        sys.exit(3)
        """,
    )
    assert told.startswith("tap-fake ended with code 3, saying: INFO 19997 ")
    assert told.endswith(" | the end")
    assert len(told) < 2000


def test_secrets_show_neither_in_failures_nor_in_rejected_rows_nor_in_bookmarks(
    taps: Taps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAP_PASSWORD", SECRET)
    config = {"auth": ["${env:TAP_PASSWORD}"], "api_key": "pl4in-key"}
    body = """
    from urllib.parse import quote
    word, key = config["auth"][0], config["api_key"]
    print(word)
    say("STATE", value={"seen": f"user {word}"})
    json.dump(state, open("state.json", "w"))
    log(f"{word} {word!r} {json.dumps(word)} {quote(word)} {quote(word, safe='')} {key}")
    sys.exit(len(sys.argv) > 5)
    """
    read = taps.read(body, config=config)
    assert [bad.value for bad in read.rejected] == ["***"]
    assert read.states == [{"singer": {"seen": "user ${env:TAP_PASSWORD}"}}]
    told = failure(taps, body, state=read.states[0], config=config)
    assert told == """tap-fake ended with code 1, saying: *** '***' "***" *** *** ***"""
    assert SECRET in (taps.root / "state.json").read_text().encode().decode("unicode_escape")


def test_a_tap_that_hangs_is_ended_with_all_its_children(taps: Taps) -> None:
    told = failure(
        taps,
        """
        import subprocess
        child = subprocess.Popen(["sleep", "600"])
        open("pids", "w").write(f"{os.getpid()} {child.pid}")
        record(id=1)
        time.sleep(600)
        """,
        time_limit=2,
    )
    assert told == "tap-fake was ended because it took more than 2 seconds"
    for pid in (taps.root / "pids").read_text().split():
        wait_until_gone(int(pid))


def test_a_tap_that_closes_its_output_and_goes_on_is_ended(taps: Taps) -> None:
    body = "record(id=1)\nos.close(1)\ntime.sleep(600)"
    assert "took more than 1 seconds" in failure(taps, body, time_limit=1)


def test_a_tap_dies_when_the_reader_stops_half_way(taps: Taps) -> None:
    taps.install("""
    open("pid", "w").write(str(os.getpid()))
    for number in range(100_000): record(id=number, remark="x" * 100)
    time.sleep(600)
    """)
    items = taps.source().read(ReadContext())
    assert len(next(items)) == 10_000
    items.close()  # type: ignore[attr-defined]
    wait_until_gone(int((taps.root / "pid").read_text()))


READER = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from tests.plugin.fake_taps import Taps, reading
reading(Taps(Path({root!r})).source(config={{"token": "s3cret"}}))
"""


def test_a_tap_and_its_config_vanish_when_the_reading_process_is_killed(taps: Taps) -> None:
    taps.install("""
    path = sys.argv[sys.argv.index("--config") + 1]
    open("begun", "w").write(f"{os.getpid()} {path}")
    os.rename("begun", "running")
    time.sleep(600)
    """)
    script = READER.format(path=sys.path, root=str(taps.root))
    reader = subprocess.Popen([sys.executable, "-c", script])
    while not (taps.root / "running").exists():
        assert reader.poll() is None
        time.sleep(0.02)
    pid, config = (taps.root / "running").read_text().split(" ", 1)
    assert Path(config).exists()
    os.kill(reader.pid, signal.SIGKILL)
    reader.wait()
    wait_until_gone(int(pid))
    assert not Path(config).parent.exists()


def test_a_tap_dies_with_the_process_that_the_host_runs_the_plugin_in(taps: Taps) -> None:
    taps.install("""
    open("pid", "w").write(str(os.getpid()))
    for number in range(10_001): record(id=number)
    time.sleep(600)
    """)
    (taps.root / "plugins").mkdir()
    shutil.copy(SHIPPED, taps.root / "plugins")
    options = {"tap": "tap-fake", "stream": "answers", "config": {}}
    source = PluginHost(taps.root).make_source(PluginSpec("singer", options), root=taps.root)
    items = source.read(ReadContext())
    assert len(next(items)) == 10_000
    items.close()  # type: ignore[attr-defined]
    wait_until_gone(int((taps.root / "pid").read_text()))


@pytest.mark.parametrize(
    ("discovery", "told"),
    [
        ("print('no catalog')", "tap-fake: the catalog can't be read: JSONDecodeError"),
        ("print('{}')", "tap-fake: the catalog can't be read: KeyError"),
        ("print('{\"streams\": 5}')", "tap-fake: the catalog can't be read: TypeError"),
        ("print('{\"streams\": [5]}')", "tap-fake: the catalog can't be read: AttributeError"),
        ("log('config lacks start_date'); sys.exit(2)", None),
    ],
)
def test_a_discovery_that_fails_is_told_in_one_sentence(
    taps: Taps, discovery: str, told: str | None
) -> None:
    taps.install("")
    with pytest.raises((DataError, PluginError)) as caught:
        taps.source(config={"DISCOVER": discovery}).check()
    expected = told or "tap-fake ended with code 2, saying: config lacks start_date"
    assert str(caught.value) == expected


def test_a_discovery_that_hangs_is_ended(taps: Taps) -> None:
    taps.install("")
    with pytest.raises(PluginError, match="took more than 1 seconds"):
        taps.source(config={"DISCOVER": "time.sleep(600)"}, time_limit=1).check()


def test_the_surroundings_of_our_own_python_are_not_the_taps(
    taps: Taps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("TAP_REGION", "cn-north")
    taps.install(
        "record(id=1, remark=os.environ['TAP_REGION'] + str(os.environ.get('PYTHONPATH')))"
    )
    assert [row["remark"] for row in reading(taps.source()).rows] == ["cn-northNone"]


def test_a_million_states_are_one_bookmark_a_batch(taps: Taps) -> None:
    read = taps.read("""
    for number in range(25_000):
        print('{"type": "RECORD", "stream": "answers", "record": {"id": %d}}' % number)
        print('{"type": "STATE", "value": {"last": %d}}' % number)
    """)
    batches = [one for one in read.items if not isinstance(one, Bookmark)]
    assert max(map(len, batches)) <= 10_000
    assert [row["_id"] for row in read.rows] == [*range(25_000)]
    assert [one["singer"]["last"] for one in read.states] == [9_998, 19_998, 24_999]
