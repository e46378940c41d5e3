"""Comments as plain text: one spelling for the same letters, and the scripts they are in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from unicodedata import normalize

ENGLISH, CHINESE, OTHER = "en", "zh", "other"

#: Han characters, without Japanese and Korean letters.
HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f"
LATIN = "a-z\u00df-\u00f6\u00f8-\u024f"

_TAG = re.compile(
    r"<(script|style)\b.{0,2000}?</\1>|</?[a-z][^<>]{0,200}>|<!--.{0,2000}?-->", re.S | re.I
)
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(f"[{LATIN}]")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7af]")


def folded(written: str) -> str:
    """The text for counting: NFKC, case folded, straight apostrophes; no mark-up, no addresses.

    >>> folded("<b>ＳＬＯＷ</b> &amp; rude, see http://x.example/1")
    'slow & rude, see '
    """
    plain = _TAG.sub(" ", unescape(written)) if "<" in written or "&" in written else written
    text = normalize("NFKC", plain).casefold().replace("’", "'")
    return re.sub(r"[^\S\n]+", " ", _ADDRESS.sub("", text).lstrip())


def languages(text: str) -> frozenset[str]:
    """In which languages a folded text can be read; ``other`` alone: in none of ours.

    Latin letters are taken for English, Han characters for Chinese unless kana stand among them.

    >>> sorted(languages("wifi 很慢")), sorted(languages("とても遅い")), sorted(languages("+1"))
    (['en', 'zh'], ['other'], [])
    """
    found = set()
    if _LATIN.search(text):
        found.add(ENGLISH)
    if _KANA_OR_HANGUL.search(text):
        found.add(OTHER)
    elif _HAN.search(text):
        found.add(CHINESE)
    if not found and any(map(str.isalpha, text)):
        found.add(OTHER)
    return frozenset(found)


def chinese_runs(text: str) -> Iterable[str]:
    """The unbroken stretches of Han characters in a text.

    >>> list(chinese_runs("等了2小时,没人接"))
    ['等了', '小时', '没人接']
    """
    return re.findall(f"[{HAN}]+", text)
