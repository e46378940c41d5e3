"""The whole loop with its state on PostgreSQL: told the same as on SQLite, and as hard to break.

The story is the one of ``test_killed.py``; the state is copied before each command as a database.
"""

from __future__ import annotations

import secrets
import shutil
import signal
from pathlib import Path

import pytest

from loopqa.cli.root import run
from tests.engine.test_killed import STORY, command, facts, story
from tests.postgres_server import postgres_server, start_server

__all__ = ["postgres_server", "story"]

#: What can go wrong in another way than in a file
PLACES = ("inside-migration", "after-resurvey-added", "after-claim", "after-verdicts")
#: The number of the command, and the place
KILLED = tuple(
    (number, place)
    for number, (_, _, places) in enumerate(STORY)
    for place in places
    if place in PLACES
)


class Server:
    """Databases of one server, made as copies of others."""

    def __init__(self, server) -> None:
        self.server = server

    def copy(self, of: str = "template0") -> str:
        name = f"state_{secrets.token_hex(4)}"
        self.server.psql(f"CREATE DATABASE {name} TEMPLATE {of};")
        return name

    def use(self, root: Path, name: str) -> None:
        url = self.server.get_uri().replace("/postgres?", f"/{name}?")
        (root / "loopqa.yaml").write_text(f"time_zone: Asia/Shanghai\nstate: {url}\n")


@pytest.fixture(scope="module")
def server(postgres_server) -> Server:
    return Server(postgres_server)


@pytest.fixture(scope="module")
def chapters(story, server, tmp_path_factory) -> list[tuple[Path, str, object]]:
    """For every command: folder and database just before it, and the facts just after it."""
    root = tmp_path_factory.mktemp("on-postgresql") / "desk"
    shutil.copytree(story[0][0], root)
    state, lived = server.copy(), []
    for number, (day, arguments, _) in enumerate(STORY):
        before = root.with_name(f"before-{number}")
        shutil.copytree(root, before)
        kept = server.copy(state)
        server.use(root, state)
        assert command(root, day, arguments) == 0
        lived.append((before, kept, facts(root)))
    return lived


def test_it_is_the_same_story_as_on_sqlite(story, chapters):
    assert [told for _, _, told in chapters] == [told for _, told in story]


def test_nothing_of_the_state_is_in_the_folder(chapters):
    before, _, _ = chapters[-1]
    held = {path.name for path in (before / ".loopqa").iterdir()}
    assert held == {"evidence", "pseudonym.key"}


@pytest.mark.parametrize(("number", "fault"), KILLED)
def test_a_command_killed_anywhere_can_be_repeated(chapters, server, tmp_path, number, fault):
    day, arguments, _ = STORY[number]
    before, kept, expected = chapters[number]
    root = tmp_path / "desk"
    shutil.copytree(before, root)
    server.use(root, server.copy(kept))
    assert command(root, day, arguments, fault) == -signal.SIGKILL
    assert command(root, day, arguments) in {0, 1}
    assert facts(root) == expected


def test_a_command_without_its_server_says_so_and_goes_on_when_it_is_back(
    chapters, tmp_path_factory, monkeypatch, capsys
):
    before, _, expected = chapters[0]
    day, arguments, _ = STORY[0]
    root = tmp_path_factory.mktemp("away") / "desk"
    shutil.copytree(before, root)
    monkeypatch.chdir(root)
    monkeypatch.setenv("LOOPQA_NOW", f"{day}T12:00:00+00:00")
    own = start_server(tmp_path_factory.mktemp("pg"))
    try:
        Server(own).use(root, "postgres")
        own.stop()
        assert run(arguments) == 3
        told = capsys.readouterr()
        own.start()
        assert command(root, day, arguments) == 0
        assert facts(root) == expected
    finally:
        own.cleanup()
    assert told.out == ""
    assert "postgresql://postgres@/postgres: the database server can't be reached:" in told.err
    assert "hint: start it, or check host and port" in told.err
