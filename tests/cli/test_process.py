"""What only a process of its own can show: streams, imports, exit codes, signals, a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MAIN = "import sys; from loopqa.cli import main; main()"
ESCAPE = "\x1b"


def environment(**more: str) -> dict[str, str]:
    """A plain environment in English, without a wish for colours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOOPQA")}
    kept.pop("NO_COLOR", None)
    return kept | {"LOOPQA_LANG": "en", "PYTHONWARNINGS": "error", "TERM": "xterm-256color"} | more


def start(*arguments: str, cwd: Path, code: str = MAIN, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        encoding="utf-8",
        timeout=250,
    )


@pytest.fixture
def desk(stages, tmp_path) -> Path:
    """A workspace with one open finding."""
    folder = tmp_path / "desk"
    shutil.copytree(stages["found"], folder)
    return folder


def on_terminal(*arguments: str, cwd: Path, columns: int = 80, **more: str) -> str:
    """What a person sees on a terminal of this width."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *arguments],
        cwd=cwd,
        env=environment(COLUMNS=str(columns), **more),
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    seen = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    process.wait(timeout=250)
    os.close(master)
    return seen.decode("utf-8").replace("\r\n", "\n")


def test_help_imports_neither_the_database_nor_the_query_engine(tmp_path):
    watch = (
        "import sys\nfrom loopqa.cli.root import run\ncode = run(sys.argv[1:])\n"
        "heavy = {'sqlmodel', 'sqlalchemy', 'alembic', 'duckdb', 'ibis', 'pydantic', 'pyarrow',"
        " 'scipy', 'numpy', 'pandas', 'rich', 'altair'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\nsys.exit(code)\n"
    )
    for arguments in (["--help"], ["--version"], ["finding", "--help"]):
        done = start(*arguments, cwd=tmp_path, code=watch)
        assert (done.returncode, done.stderr) == (0, "[]\n"), arguments
        assert done.stdout


def test_piped_output_has_no_escape_codes_and_the_result_is_on_stdout(desk):
    listed = start("finding", "list", cwd=desk)
    assert listed.stdout.splitlines()[1].startswith("F-1  responsiveness  channel=phone")
    assert listed.stderr == "1 of 1 · --state all, --json\n"
    failed = start("finding", "show", "F-9", cwd=desk)
    assert failed.stdout == ""
    for done in (listed, failed):
        assert ESCAPE not in done.stdout + done.stderr


def test_a_terminal_shows_colour_unless_told_not_to(desk):
    assert ESCAPE in on_terminal("finding", "show", "F-9", cwd=desk)
    assert ESCAPE in on_terminal("finding", "list", cwd=desk)
    for arguments in (["finding", "show", "F-9"], ["finding", "list"]):
        assert ESCAPE not in on_terminal(*arguments, cwd=desk, NO_COLOR="1")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_list_fits_a_terminal_of_80_columns_and_keeps_its_ids_whole(desk, language):
    from rich.cells import cell_len

    seen = on_terminal("finding", "list", "--lang", language, cwd=desk, NO_COLOR="1")
    assert all(cell_len(line) <= 80 for line in seen.splitlines())
    assert re.search(r"^F-1 .* 2026-01-01$", seen, re.M)


def test_a_narrow_terminal_folds_words_but_neither_ids_nor_numbers(desk):
    seen = on_terminal("finding", "list", cwd=desk, columns=40, NO_COLOR="1")
    assert re.search(r"^F-1 .* 2\.62 +86 .* 2026-01-01$", seen, re.M)


def test_exit_codes(desk, tmp_path):
    assert start("status", cwd=desk).returncode == 0
    assert start("action", "open", "F-1", "--title", "t", cwd=desk).returncode == 0
    assert start("action", "close", "A-1", "--evidence", "e", cwd=desk).returncode == 1
    assert start("finding", "show", "F-9", cwd=desk).returncode == 2
    assert start("nope", cwd=desk).returncode == 2
    assert start("status", cwd=tmp_path).returncode == 2
    (desk / "rubrics" / "hotline.yaml").write_text("rubric: [", encoding="utf-8")
    assert start("check", cwd=desk).returncode == 2


def test_a_reader_gone_early_is_no_failure(tmp_path):
    command = (
        f'"{sys.executable}" -c "{MAIN}" schema rubric 2>&1 | head -1; echo ${{PIPESTATUS[0]}}'
    )
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("{\n0\n", "")


def test_ctrl_c_ends_in_130_and_leaves_the_state_as_it_was(desk):
    (desk / "plugins").mkdir()
    (desk / "plugins" / "slow.py").write_text(SLOW, encoding="utf-8")
    workflow = desk / "workflows" / "hotline.yaml"
    workflow.write_text(
        workflow.read_text(encoding="utf-8").replace("type: csv", "type: slow_csv"),
        encoding="utf-8",
    )
    before = start("status", "--json", cwd=desk).stdout
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "run", "--window", "2025-12-01..2025-12-15"],
        cwd=desk,
        env=environment(LOOPQA_NOW="2026-02-05"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    deadline = time.monotonic() + 250
    while not (desk / "reading").exists():
        assert time.monotonic() < deadline, process.communicate()
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=250)
    assert process.returncode == 130
    assert "Traceback" not in said[1]
    assert json.loads(start("status", "--json", cwd=desk).stdout) == json.loads(before)


SLOW = '''
"""A source that takes its time, so that a person loses patience."""

import time
from pathlib import Path

from loopqa.plugin import Options, Source, hookimpl
from loopqa.language import text


class Config(Options):
    path: str


class Slow(Source):
    type = "slow_csv"
    summary = text("rows")
    Config = Config

    def __init__(self, config, *, root):
        self.root = root

    def check(self):
        pass

    def read(self, context):
        (self.root / "reading").write_text("now")
        time.sleep(60)
        yield []


@hookimpl
def loopqa_sources():
    return [Slow]
'''
