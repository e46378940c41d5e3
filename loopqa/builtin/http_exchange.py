"""One server asked and asked again: secrets for it alone, redirects, limits, and patience."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin

from loopqa.builtin.http_address import Origin, origin_of, with_query
from loopqa.builtin.http_failures import may_pass, why
from loopqa.builtin.http_json_options import AuthOptions, BasicOptions
from loopqa.builtin.waiting import seconds_to_wait
from loopqa.errors import DataError, PluginError
from loopqa.language import Text, text
from loopqa.plugin.secret import revealed

if TYPE_CHECKING:
    import httpx2
    from pydantic import SecretStr
    from tenacity import RetryCallState

Understood = TypeVar("Understood")

#: Bytes of one answer, unpacked.
MOST_BYTES = 64 << 20

#: One redirect after the other.
MOST_REDIRECTS = 5

#: An answer that keeps dripping may take so many times the time limit of a single wait.
DRIPPING = 10

_MOVED = text("redirects are not followed: name the new address")


@dataclass(frozen=True)
class Call:
    """What is asked for."""

    url: str
    method: str = "GET"
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    url: str  #: of the page itself, behind all redirects
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Secrets:
    """What one server, and no other, is shown."""

    home: Origin | None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, auth: AuthOptions | None, url: str, root: Path) -> Secrets:
        """The secrets of these options, looked up, for the server of ``url``.

        Raises:
            DataError: one is nowhere, or can't stand in a header.
        """
        if auth is None:
            return cls(origin_of(url))
        headers = {name: _visible(one, root) for name, one in auth.headers.items()}
        if auth.bearer is not None:
            headers["authorization"] = f"Bearer {_visible(auth.bearer, root)}"
        params = {name: revealed(one, root).strip() for name, one in auth.params.items()}
        return cls(origin_of(url), headers, params, _user(auth.basic, root))


def _user(basic: BasicOptions | None, root: Path) -> tuple[str, str] | None:
    return None if basic is None else (basic.user, revealed(basic.password, root))


def _visible(secret: SecretStr, root: Path) -> str:
    """A secret that can stand in a header: one line of ASCII."""
    value = revealed(secret, root).strip()
    if not (value.isascii() and value.isprintable()):
        raise DataError(text("a secret holds a character that no header can hold"))
    return value


@dataclass(frozen=True)
class Exchange:
    """Asks a server, patiently."""

    client: httpx2.Client
    secrets: Secrets
    timeout: float  #: seconds
    tries: int
    patience: float  #: seconds

    def ask(self, call: Call, understand: Callable[[Answer], Understood]) -> Understood:
        """What a call's answer is understood as; asked for again while that may help.

        Raises:
            PluginError: there is no answer, or it is not understood.
        """
        import tenacity  # noqa: PLC0415 - seldom needed

        asking = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.tries),
            retry=tenacity.retry_if_exception(self._worth_another),
            wait=_pause,
            reraise=True,
        )
        return asking(lambda: understand(self._followed(call)))

    def _worth_another(self, error: BaseException) -> bool:
        if not isinstance(error, PluginError):
            return False
        return error.retryable and (error.retry_after or 0) <= self.patience

    def _followed(self, call: Call) -> Answer:
        """The answer, wherever the server says that it is."""
        for _ in range(MOST_REDIRECTS + 1):
            answer, target = self._sent(call)
            if target is None:
                return answer
            call = replace(call, url=target)
        raise PluginError(text("the server leads from one address to the next without end"))

    def _sent(self, call: Call) -> tuple[Answer, str | None]:
        """One answer, and where it leads to."""
        import httpx2  # noqa: PLC0415 - slow to import, seldom needed

        try:
            with self._stream(call) as answer:
                target = self._target(call, answer)
                return Answer(call.url, answer.headers, self._content(answer)), target
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError):
            raise PluginError(text("the address is none")) from None
        except httpx2.TimeoutException:
            raise _passing(text("no answer within {n} s", n=f"{self.timeout:g}")) from None
        except httpx2.DecodingError:
            raise _passing(text("the answer can't be unpacked")) from None
        except httpx2.HTTPError as error:
            raise _passing(text("no connection: {why}", why=why(error))) from None

    @contextmanager
    def _stream(self, call: Call) -> Iterator[httpx2.Response]:
        at_home = origin_of(call.url) == self.secrets.home
        url = with_query(call.url, {**self.secrets.params}) if at_home else call.url
        with self.client.stream(
            call.method,
            url,
            headers={**self.secrets.headers} if at_home else {},
            auth=self.secrets.basic if at_home else None,
            json=call.body,
        ) as answer:
            yield answer

    def _target(self, call: Call, answer: httpx2.Response) -> str | None:
        """Where a redirect leads to; None for an answer.

        Raises:
            PluginError: the server refused, or leads where we don't go.
        """
        code = answer.status_code
        if 200 <= code < 300:
            return None
        location = answer.headers.get("location")
        if not 300 <= code < 400 or location is None:
            raise self._refusal(call, answer)
        if call.method != "GET":
            raise PluginError(text("the server answered {code}", code=code), hint=_MOVED)
        return below(call.url, location)

    def _refusal(self, call: Call, answer: httpx2.Response) -> PluginError:
        code = answer.status_code
        passing = may_pass(code)
        return Refused(
            code,
            retryable=passing,
            retry_after=seconds_to_wait(answer.headers) if passing else None,
            hint=self._at_the_door(call) if code in {401, 403} else None,
        )

    def _at_the_door(self, call: Call) -> Text:
        if origin_of(call.url) != self.secrets.home:
            return text("the secrets of `auth` are sent to the server of `url` only")
        return text("does `auth` hold what this server asks for?")

    def _content(self, answer: httpx2.Response) -> bytes:
        """The bytes, unpacked; never more than we take."""
        parts, size = [], 0
        until = time.monotonic() + DRIPPING * self.timeout
        for part in answer.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise PluginError(
                    text("the page is larger than {n} MB", n=MOST_BYTES >> 20),
                    hint=text("ask for fewer rows a page"),
                )
            if time.monotonic() > until:
                raise _passing(text("the page did not end"))
        return b"".join(parts)


class Refused(PluginError):
    """The server answered with an error of its own."""

    def __init__(self, code: int, **known: Any) -> None:
        super().__init__(text("the server answered {code}", code=code), **known)
        self.code = code  #: HTTP status


def below(url: str, target: str) -> str:
    """The address that a server names, as seen from the page it stands in.

    Raises:
        PluginError: it is none of the web, or leads from an encrypted one to one that is not.
    """
    try:
        there = urljoin(url, target)
    except ValueError:
        there = ""
    here, origin = origin_of(url), origin_of(there)
    if origin is None:
        raise PluginError(text("the server names an address that is none of the web"))
    if here is not None and (here[0], origin[0]) == ("https", "http"):
        raise PluginError(text("the server leads from https to an address without encryption"))
    return there


def _passing(message: Text) -> PluginError:
    return PluginError(message, retryable=True)


def _pause(state: RetryCallState) -> float:
    """Seconds until the next try: what the server asks for, or ever more, never in step."""
    import tenacity  # noqa: PLC0415 - seldom needed

    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, PluginError) and error.retry_after is not None:
        return error.retry_after
    return tenacity.wait_random_exponential(multiplier=0.5, max=30)(state)
