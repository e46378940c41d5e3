"""The source ``inbound_webhook``: what was pushed becomes rows, from bookmark to bookmark."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from loopqa.errors import DataError, DefinitionError
from loopqa.plugin import Bookmark, Rejected
from loopqa.plugin.loading import load_file
from tests.plugin.inbound import SECRETS, Answer, Push, crm, pushing, typeform, wjx, workspace
from tests.plugin.inbound_rows import items, rows, source


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    return workspace(tmp_path / "desk")


@pytest.fixture
def push(root: Path) -> Push:
    """Hand a push to the receiver as any WSGI server does."""
    return pushing(root)


def test_fields_of_wjx_are_columns(push, root):
    push(wjx(7, q1="5", q2="太慢了", q3="1,2"))
    (row,) = rows(root, "hotline")
    assert (row["_id"], row["_version"]) == ("5657754:7", 1)
    assert (row["q1"], row["q2"], row["q3"]) == ("5", "太慢了", "1,2")
    assert row["submittime"] == "2026-10-02 10:01:59"
    assert (row["_file"], row["_row"]) == ("hotline", 1)


def test_answers_of_typeform_are_columns_by_the_reference_of_their_question(push, root):
    push(
        typeform(
            "a1",
            [
                {"type": "number", "number": 4, "field": {"ref": "speed"}},
                {
                    "type": "choices",
                    "choices": {"labels": ["等太久", "Rude"]},
                    "field": {"ref": "why"},
                },
                {"type": "boolean", "boolean": True, "field": {"ref": "solved"}},
                {"type": "choice", "choice": {"label": "Phone"}, "field": {"ref": "channel"}},
                {"type": "choice", "choice": {"other": "Fax"}, "field": {"ref": "second"}},
            ],
        )
    )
    (row,) = rows(root, "visit")
    assert row["_id"] == "a1"
    assert row["speed"] == 4
    assert row["why"] == '["等太久", "Rude"]'
    assert (row["solved"], row["channel"], row["second"]) == ("true", "Phone", "Fax")
    assert row["hidden.case"] == "T-a1"
    assert row["submitted_at"] == "2026-10-02T10:01:59Z"
    assert row["remark"] is None


def test_nested_fields_of_other_senders_are_columns_by_their_path(push, root):
    push(crm(3, ratings={"speed": 2, "tone": 4.5}, tags=["a", "乙"], ok=False, note=None))
    (row,) = rows(root, "crm")
    assert row["_id"] == "3"
    assert (row["answer.ratings.speed"], row["answer.ratings.tone"]) == (2, 4.5)
    assert (row["answer.tags"], row["answer.ok"], row["answer.note"]) == (
        '["a", "乙"]',
        "false",
        None,
    )


def test_a_changed_answer_is_a_newer_version_of_the_same_one(push, root):
    push(crm(3, speed=2))
    push(crm(3, speed=5))
    push(crm(3, speed=2))  # as it was: a repeat, and not a newer one
    assert [(one["_id"], one["_version"], one["answer.speed"]) for one in rows(root, "crm")] == [
        ("3", 1, 2),
        ("3", 2, 5),
    ]


def test_reading_goes_on_behind_the_bookmark(push, root):
    for number in range(3):
        push(wjx(number))
    *_, mark = items(root, "hotline")
    assert isinstance(mark, Bookmark)
    kept = json.loads(json.dumps(mark.state))
    assert items(root, "hotline", kept) == []
    push(wjx(3))
    assert [one["_id"] for one in rows(root, "hotline", kept)] == ["5657754:3"]


def test_a_bookmark_of_another_spool_is_none(push, root):
    for number in range(3):
        push(wjx(number))
    *_, mark = items(root, "hotline")
    (root / ".loopqa" / "inbound" / "hotline.db").unlink()
    push(wjx(9))
    assert [one["_id"] for one in rows(root, "hotline", mark.state)] == ["5657754:9"]


def test_many_answers_come_in_batches_each_with_its_bookmark(push, root):
    from contextlib import closing

    module = load_file(root / "plugins" / "inbound_webhook.py")
    push(wjx(0))
    with closing(module._spool(root, "hotline").thing) as spool:
        spool.execute("BEGIN")
        spool.executemany(
            "INSERT INTO answers (delivery, answer, sender, body) VALUES (?, ?, 'wjx', ?)",
            [(str(n), str(n), '{"q1": "5"}') for n in range(1, 2500)],
        )
        spool.execute("COMMIT")
    found = items(root, "hotline")
    assert [len(one) for one in found if isinstance(one, list)] == [1000, 1000, 500]
    assert [one.state["seq"] for one in found if isinstance(one, Bookmark)] == [1000, 2000, 2500]
    assert [row["_row"] for row in rows(root, "hotline")] == list(range(1, 2501))


def test_an_answer_of_an_unknown_form_is_rejected_and_the_others_read(push, root):
    broken = typeform("a1", [{"type": "number", "field": {"ref": "speed"}}])
    push(broken)
    push(typeform("a2", [{"type": "number", "number": 4, "field": {"ref": "speed"}}]))
    found = items(root, "visit")
    (refused,) = (one for one in found if isinstance(one, Rejected))
    assert (refused.file, refused.row) == ("visit", 1)
    assert [row["_id"] for row in rows(root, "visit")] == ["a2"]


def test_characters_that_are_none_do_no_harm(push, root):
    body = b'{"\\u0000a": "x\\u0000y", "b": "\\ud83d", "d": ["\\ud83d"], "c": "\\ud83d\\ude00"}'
    assert push(Answer("plain", body, {}), "token=opensesame") == "200 OK"
    (row,) = rows(root, "plain")
    assert (row["b"], row["c"]) == ("?", "😀")
    assert (row["a"], row["d"]) == ("xy", '["?"]')


def test_an_inbox_without_answers_has_no_rows(root):
    assert items(root, "hotline") == []


def test_the_check_names_an_inbox_that_there_is_not(root, monkeypatch):
    monkeypatch.delenv("INBOX_SECRET")  # reading needs no secret
    source(root, "hotline").check()
    with pytest.raises(DataError, match=r"inbound\.yaml: there is no inbox 'hotlien'"):
        source(root, "hotlien").check()
    with pytest.raises(DefinitionError):
        source(root, "../../etc/passwd")


def test_the_receiver_is_a_wsgi_application_by_the_standards_own_judge(root):
    said: list[str] = []
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    answer = wjx(7, q1="5")
    sent = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(answer.body))}
    environ.update(sent, PATH_INFO="/hotline", QUERY_STRING="")
    environ["wsgi.input"] = BytesIO(answer.body)
    module = load_file(root / "plugins" / "inbound_webhook.py")
    answered = validator(module.Receiver(root))(environ, lambda status, *_: said.append(status))
    assert list(answered) == [b"200 OK"]
    answered.close()
    assert said == ["200 OK"]
