"""The first-party plugin ``plugins/limesurvey.py`` against a LimeSurvey on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loopqa.errors import LoopQAError, PluginError
from loopqa.language import speaking
from loopqa.plugin import Bookmark, PluginHost, ReadContext, Source, config_of
from tests.limesurvey_server import SURVEY, LimeSurvey, begun, completed, serving

SHIPPED = Path(__file__).parents[2] / "plugins" / "limesurvey.py"


@pytest.fixture
def survey() -> Iterator[LimeSurvey]:
    """Thirty people answered; 7 and 21 are still at it."""
    unfinished = {7, 21}
    numbers = range(1, 33)
    yield from serving(LimeSurvey([begun(n) if n in unfinished else completed(n) for n in numbers]))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIME_PASSWORD", "open sesame")
    (tmp_path / "plugins").mkdir()
    shutil.copy(SHIPPED, tmp_path / "plugins")
    return tmp_path


def source(root: Path, survey: LimeSurvey, **more: Any) -> Source:
    """The source, read in this process."""
    options = {
        "url": survey.url,
        "user": "loopqa",
        "password": "${env:LIME_PASSWORD}",
        "survey": SURVEY,
        **more,
    }
    kind = PluginHost(root).source("limesurvey")
    return kind(config_of(kind, options), root=root)


def reading(made: Source, state: Any = None, at: tuple[str, ...] = ()) -> tuple[list[Any], Any]:
    """The rows, and the last bookmark."""
    rows: list[Any] = []
    for item in made.read(ReadContext(state=state, at=at)):
        if isinstance(item, Bookmark):
            state = item.state
        elif isinstance(item, list):
            rows.extend(item)
    return rows, state


def ids(rows: list[Any]) -> list[int]:
    return [row["_id"] for row in rows]


def failure(made: Source) -> PluginError:
    with pytest.raises(PluginError) as caught:
        reading(made)
    return caught.value


DONE = [n for n in range(1, 33) if n not in {7, 21}]


@pytest.mark.parametrize("page", [1, 7, 500])
@pytest.mark.parametrize("wrapped", [False, True])
def test_every_completed_response_is_a_row(
    root: Path, survey: LimeSurvey, page: int, wrapped: bool
) -> None:
    survey.wrapped = wrapped
    rows, _ = reading(source(root, survey, page=page))
    assert ids(rows) == DONE
    assert rows[12] == {**completed(14), "_id": 14, "_version": "2026-10-01 09:04:00"}
    assert rows[12]["remark"] == "等了太久"
    assert survey.sessions == {}
    assert survey.methods == [
        "get_session_key", *["export_responses"] * (1 + -(-32 // page)), "release_session_key",
    ]  # fmt: skip


def test_unfinished_responses_and_words_for_codes_are_options(
    root: Path, survey: LimeSurvey
) -> None:
    rows, _ = reading(source(root, survey, unfinished=True, answers="texts", language="en"))
    assert ids(rows) == list(range(1, 33))
    assert [row["speed"] for row in rows[:3]] == ["慢", "一般", "快"]


def test_the_columns_are_told_without_any_response(root: Path, survey: LimeSurvey) -> None:
    made = source(root, survey)
    made.check()
    assert made.columns() == tuple(completed(1))
    survey.responses.clear()
    assert made.columns() is None
    assert reading(made) == ([], None)


def test_a_second_reading_begins_where_somebody_may_still_answer(
    root: Path, survey: LimeSurvey
) -> None:
    _, state = reading(source(root, survey, page=10))
    assert state == {"from": 7}
    survey.responses[6] = completed(7)
    survey.responses.append(completed(33))
    rows, state = reading(source(root, survey), state)
    assert ids(rows) == [n for n in range(7, 34) if n != 21]
    assert state == {"from": 21}
    survey.responses[20] = completed(21)
    rows, state = reading(source(root, survey), state)
    assert state == {"from": 34}
    assert reading(source(root, survey), state) == ([], {"from": 34})


def test_who_has_not_gone_on_for_long_is_given_up(root: Path, survey: LimeSurvey) -> None:
    survey.responses.append(completed(33, datestamp="2026-10-15 09:00:00"))
    assert reading(source(root, survey))[1] == {"from": 21}  # 7 was left on the 1st at 08:07
    assert reading(source(root, survey, open_for=30))[1] == {"from": 7}
    assert reading(source(root, survey, open_for=0))[1] == {"from": 34}


def test_without_date_stamps_nobody_is_given_up(root: Path, survey: LimeSurvey) -> None:
    for response in survey.responses:
        del response["datestamp"]
        if response["submitdate"]:
            response["submitdate"] = "1980-01-01 00:00:00"
    assert reading(source(root, survey, open_for=0))[1] == {"from": 7}
    with pytest.raises(LoopQAError) as caught:
        reading(source(root, survey), at=("submitdate",))
    assert str(caught.value) == (
        "the survey keeps no dates\n  hint: switch on its option 'Date stamp'"
    )


def test_a_session_that_expires_on_the_way_is_begun_anew_once(
    root: Path, survey: LimeSurvey
) -> None:
    survey.calls_a_session = 2
    rows, _ = reading(source(root, survey, page=5))
    assert ids(rows) == DONE
    assert survey.methods.count("get_session_key") == 4
    survey.calls_a_session = 0
    error = failure(source(root, survey))
    assert (str(error), error.retryable) == ("the session has ended", True)


def test_the_session_is_released_after_failures_and_when_nobody_reads_on(
    root: Path, survey: LimeSurvey
) -> None:
    survey.active = False
    assert str(failure(source(root, survey))) == (
        "LimeSurvey says: No Data, survey table does not exist."
    )
    assert (survey.sessions, survey.methods[-1]) == ({}, "release_session_key")
    survey.active = True
    items = source(root, survey, page=5).read(ReadContext())
    next(iter(items))
    items.close()  # type: ignore[attr-defined]
    assert (survey.sessions, survey.methods[-1]) == ({}, "release_session_key")


def test_a_wrong_password_is_tried_once_so_that_nobody_is_locked_out(
    root: Path, survey: LimeSurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIME_PASSWORD", "guessed-pass")
    error = failure(source(root, survey))
    assert (str(error), error.retryable) == (
        "LimeSurvey says: Invalid user name or password", False,
    )  # fmt: skip
    assert survey.methods == ["get_session_key"]
    assert "guessed-pass" not in repr(error)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_server_is_asked_again(root: Path, survey: LimeSurvey, status: int) -> None:
    survey.troubles.extend([(status, {"retry-after": "0"}, b"")] * 2)
    assert ids(reading(source(root, survey))[0]) == DONE


def test_a_server_that_stays_busy_is_left_alone(root: Path, survey: LimeSurvey) -> None:
    survey.troubles.extend([(503, {"retry-after": "0"}, b"")] * 4)
    error = failure(source(root, survey))
    assert (str(error), error.retryable) == ("LimeSurvey can't be reached: HTTP 503", True)
    assert len(survey.troubles) == 1
    survey.troubles.clear()
    survey.troubles.append((429, {"retry-after": "61"}, b""))
    assert failure(source(root, survey)).retry_after == 61


@pytest.mark.parametrize("said", [b"", b"<html>", b"[]", b"{", b"\xff"])
def test_what_is_no_json_rpc_is_told_with_what_to_switch_on(
    root: Path, survey: LimeSurvey, said: bytes
) -> None:
    survey.troubles.append((200, {}, said))
    assert str(failure(source(root, survey))) == (
        "the address does not answer in JSON-RPC\n"
        "  hint: switch on JSON-RPC in LimeSurvey's global settings, "
        "and name .../admin/remotecontrol"
    )


@pytest.mark.parametrize("result", ['"###"', '"eyJhIjogMX0="', "[1]", '"W10="', "7"])
def test_an_export_that_is_none_is_told(root: Path, survey: LimeSurvey, result: str) -> None:
    def spoil(method: str) -> None:
        if method == "get_session_key":
            survey.troubles.append((200, {}, f'{{"result": {result}, "error": null}}'.encode()))

    survey.before = spoil
    error = failure(source(root, survey))
    assert (str(error), error.retryable) == ("the exported responses can't be read", True)


def test_an_error_of_the_protocol_is_passed_on(root: Path, survey: LimeSurvey) -> None:
    survey.troubles.append((200, {}, b'{"result": null, "error": "unable to decode"}'))
    assert str(failure(source(root, survey))) == "LimeSurvey says: unable to decode"
    elsewhere = source(root, survey, **{"language": "fr"})
    assert str(failure(elsewhere)) == ("LimeSurvey says: Language code not found for this survey.")


def test_it_speaks_chinese(root: Path, survey: LimeSurvey) -> None:
    survey.active = False
    error = failure(source(root, survey))
    with speaking("zh"):
        assert str(error) == "LimeSurvey 返回：No Data, survey table does not exist."
