"""Source ``limesurvey``: the answers to a LimeSurvey survey, by its RemoteControl 2 interface.

``loopqa plugins add limesurvey`` puts this file into a workspace. Then write in a workflow::

    inputs:
      answers:
        type: limesurvey
        url: https://surveys.example.com/index.php/admin/remotecontrol
        user: loopqa
        password: "${env:LIMESURVEY_PASSWORD}"
        survey: 123456
        map: {case: id, at: submitdate, customer: token}

Each question is a column, called by its code (``Q1``, ``Q2[SQ001]``), beside ``id``, ``submitdate``
and what else the survey keeps. Every completed response lands once; the next reading begins at the
first response that somebody may still complete.

The interface is JSON-RPC 1.0 (https://manual.limesurvey.org/RemoteControl_2_API). Failures come as
``{"status": "..."}`` in place of a result, and a session ends by itself after a while.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from loopqa.plugin import (
    Bookmark,
    DataError,
    Item,
    Options,
    PluginError,
    ReadContext,
    Secret,
    Source,
    hookimpl,
    looked_up,
    revealed,
    text,
)

if TYPE_CHECKING:
    import httpx2

LOOPQA_API = "1.0"

Row = dict[str, Any]

PAUSES = (1.0, 4.0)  #: seconds before another try, three tries in all
PATIENCE = 60.0  #: seconds that a server may tell us to wait
NO_DATE = "1980-01-01"  #: when everybody answered, in a survey without date stamps
NO_STAMP = "9999-12-31"  #: the last touch of a response of which none is kept
NOBODY = 2**31 - 1  #: an id that no response has


class LimeSurveyOptions(Options):
    """Options of the source ``limesurvey``."""

    url: str = Field(pattern="^(https?://|[$][{])")  #: ends in /admin/remotecontrol
    user: str
    password: Secret  #: as "${env:NAME}"
    survey: int = Field(gt=0)  #: the survey's number
    answers: Literal["codes", "texts"] = "codes"  #: A1, or the words that people chose
    language: str | None = None  #: of the texts; None: the survey's own
    unfinished: bool = False  #: also responses that nobody has completed
    open_for: int = Field(default=14, ge=0)  #: days until an unfinished response is given up
    page: int = Field(default=500, ge=1, exclude=True)  #: responses fetched at a time
    timeout: float = Field(default=60, gt=0, le=600, exclude=True)  #: seconds for any answer


class LimeSurvey(Source):
    """Asks for the ids of new responses, then for some hundred responses at a time."""

    type = "limesurvey"
    summary = text(
        "responses to a LimeSurvey survey, each question a column",
        zh="LimeSurvey 问卷的答卷，每道题一列",
    )
    Config = LimeSurveyOptions
    config: LimeSurveyOptions
    incremental = True

    def check(self) -> None:
        """Log in, and ask for the columns."""
        self.columns()

    def columns(self) -> tuple[str, ...] | None:
        """The codes of the questions, and what the survey keeps besides: an empty export's."""
        with self._session() as session:
            lines = self._export(session, NOBODY, NOBODY)
        return tuple(lines[0]) if lines else None

    def read(self, context: ReadContext) -> Iterator[Item]:
        """What is new since the bookmark, ``{"from": the id to begin at}``."""
        start = int((context.state or {}).get("from", 1))
        pending = Pending(timedelta(days=self.config.open_for))
        with self._session() as session:
            ids = sorted(row["_id"] for row in self._responses(session, start, None, ["id"]))
            for at in range(0, len(ids), self.config.page):
                part = ids[at : at + self.config.page]
                rows = self._responses(session, part[0], part[-1])
                pending.look_at(rows)
                if found := [row for row in rows if self._counts(row, context)]:
                    yield found
                yield Bookmark({"from": pending.first_open or part[-1] + 1})
                context.progress(self.type, at + len(part), len(ids))

    def _counts(self, row: Row, context: ReadContext) -> bool:
        """Whether a response is a case; one without a date can't be, if its date decides."""
        if "submitdate" in context.at and str(row["submitdate"]).startswith(NO_DATE):
            raise DataError(
                text("the survey keeps no dates", zh="该问卷没有记录日期"),
                hint=text("switch on its option 'Date stamp'", zh="请打开问卷的“日期戳”选项"),
            )
        return self.config.unfinished or bool(row["submitdate"])

    def _responses(self, session: Session, first: int, *more: Any) -> list[Row]:
        """The responses from one id to another; an empty export still holds one empty line."""
        found = (one for one in self._export(session, first, *more) if one["id"])
        return [{**one, "_id": int(one["id"]), "_version": _touched(one)} for one in found]

    def _export(self, session: Session, first: int, last: int | None, *fields: Any) -> list[Row]:
        options = self.config
        kind = "long" if options.answers == "texts" else "short"
        exported = session.call(
            "export_responses", options.survey, "json", options.language, "all", "code", kind,
            first, last, *fields,
        )  # fmt: skip
        return [] if exported is None else _rows_in(exported)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """A session that is released whatever happens."""
        import httpx2  # noqa: PLC0415 - slow to import: only where a server is asked

        login = (self.config.user, revealed(self.config.password, self.root))
        with httpx2.Client(timeout=self.config.timeout) as client:
            session = Session(client, looked_up(self.config.url, self.root), login)
            try:
                yield session
            finally:
                session.release()


@dataclass
class Session:
    """A login; begun anew, once for each call, where the server has forgotten it."""

    client: httpx2.Client
    url: str
    login: tuple[str, str] = field(repr=False)
    key: str | None = field(default=None, repr=False)

    def call(self, method: str, *arguments: Any) -> Any:
        """The result of a method; None where nobody has answered yet."""
        try:
            return self._call(method, self._key(), *arguments)
        except Expired:
            self.key = None
            return self._call(method, self._key(), *arguments)

    def release(self) -> None:
        """Log out; a server that is gone ends the session by itself."""
        if self.key is not None:
            with suppress(PluginError):
                self._posted(_asking("release_session_key", self.key))

    def _key(self) -> str:
        if self.key is None:
            self.key = str(self._call("get_session_key", *self.login))
        return self.key

    def _call(self, method: str, *arguments: Any) -> Any:
        answer = _read(self._post(_asking(method, *arguments)))
        if answer.get("error") is not None:
            raise _refusal(answer["error"])
        result = answer.get("result")
        if not isinstance(result, Mapping) or "status" not in result:
            return result
        said = str(result["status"])
        if said.casefold() == "invalid session key":
            raise Expired(text("the session has ended", zh="会话已失效"), retryable=True)
        if said.startswith("No Data, could not get max id"):
            return None
        raise _refusal(said)

    def _post(self, call: Mapping[str, Any]) -> httpx2.Response:
        """The answer of a server that may need a moment."""
        for pause in PAUSES:
            try:
                return self._posted(call)
            except PluginError as error:
                wait = pause if error.retry_after is None else error.retry_after
                if not error.retryable or wait > PATIENCE:
                    raise
            time.sleep(wait)
        return self._posted(call)

    def _posted(self, call: Mapping[str, Any]) -> httpx2.Response:
        import httpx2  # noqa: PLC0415

        try:
            answer = self.client.post(self.url, json=call)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _unreachable(type(error).__name__, retryable=True) from None
        if answer.status_code == 200:
            return answer
        passing = answer.status_code >= 500 or answer.status_code in {408, 429}
        wish = answer.headers.get("retry-after", "")
        seconds = float(wish) if wish.isdigit() else None
        raise _unreachable(f"HTTP {answer.status_code}", retryable=passing, retry_after=seconds)


class Expired(PluginError):
    """The server does not know the session any more."""


@dataclass
class Pending:
    """Which responses may still be completed.

    An id is given when somebody begins, so a response that is completed today may stand below
    others that were completed long ago. It is given up when its last touch lies ``open_for`` before
    the latest of all; without date stamps, never.
    """

    open_for: timedelta
    opened: dict[int, str] = field(default_factory=dict)  #: last touch by id
    latest: str = ""

    @property
    def first_open(self) -> int | None:
        """The lowest id to begin at the next time; None: all are done."""
        given_up = str(datetime.fromisoformat(self.latest or NO_DATE) - self.open_for)
        return min((at for at, touched in self.opened.items() if touched >= given_up), default=None)

    def look_at(self, rows: Sequence[Row]) -> None:
        """Note the unfinished ones, and the latest touch."""
        for row in rows:
            touched = _touched(row)
            self.latest = max(self.latest, touched)
            if not row["submitdate"]:
                self.opened[row["_id"]] = touched or NO_STAMP


def _touched(row: Row) -> str:
    return str(row.get("datestamp") or row.get("submitdate") or "")


def _rows_in(exported: Any) -> list[Row]:
    """The responses in a file; older versions wrap each into an object called by its id."""
    try:
        responses = json.loads(base64.b64decode(exported))["responses"]
        return [one if "id" in one else next(iter(one.values())) for one in responses]
    except (ValueError, TypeError, KeyError, AttributeError, StopIteration):
        raise PluginError(
            text("the exported responses can't be read", zh="导出的答卷无法读取"), retryable=True
        ) from None


def _asking(method: str, *arguments: Any) -> dict[str, Any]:
    """A call; without an id, no answer would come."""
    return {"id": 1, "method": method, "params": arguments}


def _read(answer: httpx2.Response) -> Mapping[str, Any]:
    with suppress(ValueError):
        found = answer.json()
        if isinstance(found, Mapping):
            return found
    raise PluginError(
        text("the address does not answer in JSON-RPC", zh="该地址不以 JSON-RPC 应答"),
        hint=text(
            "switch on JSON-RPC in LimeSurvey's global settings, and name .../admin/remotecontrol",
            zh="请在 LimeSurvey 的全局设置中启用 JSON-RPC，并写明 .../admin/remotecontrol",
        ),
    )


def _refusal(said: Any) -> PluginError:
    return PluginError(text("LimeSurvey says: {why}", zh="LimeSurvey 返回：{why}", why=str(said)))


def _unreachable(why: str, **known: Any) -> PluginError:
    message = text("LimeSurvey can't be reached: {why}", zh="无法访问 LimeSurvey：{why}", why=why)
    return PluginError(message, **known)


@hookimpl
def loopqa_sources() -> Sequence[type[Source]]:
    """The source ``limesurvey``."""
    return [LimeSurvey]
