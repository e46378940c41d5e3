"""What a person says about a REST API: the options of the source ``http_json``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from loopqa.builtin.http_address import Url
from loopqa.builtin.json_path import FieldPath
from loopqa.language import text
from loopqa.plugin.options import Options
from loopqa.plugin.secret import Secret


def _written(value: Any) -> Any:
    """Numbers and flags of the YAML as they stand in an address."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


Parameter = Annotated[str, BeforeValidator(_written)]

#: What a style of paging needs, and what it may have besides ``total``.
STYLES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "next_link": (frozenset({"at"}), frozenset()),
    "link_header": (frozenset(), frozenset()),
    "page": (frozenset({"param"}), frozenset({"first", "limit", "size", "more"})),
    "offset": (frozenset({"param"}), frozenset({"limit", "size", "more"})),
    "cursor": (frozenset({"at", "param"}), frozenset({"limit", "size", "more"})),
}


class PagingOptions(Options):
    """How to come from one page to the next."""

    by: Literal["next_link", "link_header", "page", "offset", "cursor"]
    at: FieldPath | None = None  #: field path of the next page's address, or of the cursor
    param: str | None = None  #: parameter that takes page number, offset or cursor
    first: int = 1  #: number of the first page
    limit: str | None = None  #: parameter that takes ``size``
    size: int | None = Field(default=None, ge=1, exclude=True)  #: rows a page
    more: FieldPath | None = None  #: field path that holds false in the last page
    total: FieldPath | None = None  #: field path of the number of all rows, to check against

    @model_validator(mode="after")
    def _fitting(self) -> PagingOptions:
        needed, possible = STYLES[self.by]
        given = self.model_fields_set - {"by", "total"}
        for name in sorted(needed - given):
            raise ValueError(text("paging by {by} needs '{option}'", by=self.by, option=name))
        for name in sorted(given - needed - possible):
            raise ValueError(text("paging by {by} takes no '{option}'", by=self.by, option=name))
        if (self.limit is None) != (self.size is None):
            raise ValueError(text("'limit' and 'size' belong together"))
        return self


class BasicOptions(Options):
    """A user's name and password."""

    user: str
    password: Secret


class AuthOptions(Options):
    """What the server lets us in by; sent to the server of ``url`` and to no other."""

    bearer: Secret | None = None  #: a token, as "${env:NAME}"
    basic: BasicOptions | None = None  #: user and password
    headers: dict[str, Secret] = Field(default_factory=dict)  #: by the names of header fields
    params: dict[str, Secret] = Field(default_factory=dict)  #: by the names of query parameters

    @model_validator(mode="after")
    def _one_of_both(self) -> AuthOptions:
        if self.bearer is not None and self.basic is not None:
            raise ValueError(text("give either 'bearer' or 'basic'"))
        return self


class WindowOptions(Options):
    """How to ask for the days of a window only."""

    begin: str | None = Field(default=None, alias="from")
    end: str | None = Field(default=None, alias="to")
    format: str = "%Y-%m-%d"  #: of both, as strftime has it, or unix, unix_ms

    @field_validator("format")
    @classmethod
    def _tells_days(cls, format: str) -> str:
        if format not in {"unix", "unix_ms"} and "%" not in format:
            raise ValueError(text("write a format like %Y-%m-%d, or unix or unix_ms"))
        return format

    @model_validator(mode="after")
    def _something(self) -> WindowOptions:
        if self.begin is None and self.end is None:
            raise ValueError(text("give 'from', 'to' or both"))
        return self


class IncrementalOptions(Options):
    """How to ask only for rows that are new or changed."""

    column: str = Field(min_length=1)  #: grows with every new or changed row
    since: str = Field(min_length=1)  #: parameter that takes the highest value read so far
    version: str | None = None  #: of rows with one id, the higher one counts; None: ``column``
    start: str | int | None = None  #: what the parameter is in the first reading; None: left out
    overlap: int = Field(default=0, ge=0)  #: seconds (of a number: units) to go back each time
    in_order: bool = False  #: rows come in the order of ``column``, so each page counts by itself


class HttpJsonOptions(Options):
    """Options of the source ``http_json``."""

    url: Url
    items: FieldPath = ""  #: field path of the list of rows; None: the answer is the list
    fields: dict[str, FieldPath] = Field(default_factory=dict)  #: column: field path inside a row
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, Parameter] = Field(default_factory=dict)  #: of the query
    headers: dict[str, str] = Field(default_factory=dict)  #: header fields that may be seen
    body: dict[str, Any] | None = None  #: of a POST, as JSON; all parameters go into it
    auth: AuthOptions | None = None  #: secrets
    paging: PagingOptions | None = None  #: how pages follow each other; None: there is one
    max_pages: int = Field(default=10_000, ge=1, exclude=True)  #: more are an error
    window: WindowOptions | None = None  #: parameters that ask for the days of a window
    id: str | None = None  #: column that says which record a row is
    incremental: IncrementalOptions | None = None  #: every row lands once
    timeout: float = Field(default=30, gt=0, le=600, exclude=True)  #: seconds for any answer
    tries: int = Field(default=5, ge=1, le=20, exclude=True)  #: of each page
    patience: float = Field(default=120, ge=0, le=3600, exclude=True)  #: seconds we wait if told to

    @model_validator(mode="after")
    def _fitting(self) -> HttpJsonOptions:
        if self.body is not None and self.method != "POST":
            raise ValueError(text("a 'body' needs 'method: POST'"))
        if self.incremental is not None and self.id is None:
            raise ValueError(text("'incremental' needs 'id': the column that tells records apart"))
        if self.incremental is not None and self.window is not None:
            raise ValueError(text("give either 'incremental' or 'window'"))
        return self
