"""What of a text is an English sentence, and what may stay: commands, paths, data, formats."""

from __future__ import annotations

import re

#: What may stay as it is: commands and options to be typed, paths, data, names of formats.
LITERAL = re.compile(
    r"`[^`]*`|“[^”]*”|'[^']*'|loopqa( [a-z]+)+|--[a-z-]+( [A-Z]+)?"
    r"|\S*[/\\]\S*|\S+\.(csv|yaml|xlsx)\S*"
    r"|Call-back desk|Li Wei|desk staffed since 26 February|responsivenes[s]?|\w+\.rating"
    r"|cd \S+|survey FOLDER|re_evaluate.from: survey|A-\d+"
    r"|CSV|TSV|Excel|OpenDocument|Parquet|UTF-8|ISO 8601|San Francisco"
)
SENTENCE = re.compile(r"[A-Za-z]{2,} +[A-Za-z]{2,}")
COLUMNS = "ticket, responsiveness, attitude, solution"


def english(said: str) -> list[str]:
    """English sentences, or pieces of them, that are left."""
    plain = LITERAL.sub(" · ", said.replace(COLUMNS, ""))
    return [line for line in plain.splitlines() if SENTENCE.search(line)]
