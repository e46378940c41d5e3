"""Words of comments: one spelling, words and pairs, keywords, masks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.themes.chinese import chinese_terms
from loopqa.calc.themes.counting import term_uses, voices
from loopqa.calc.themes.distinctive import Uses
from loopqa.calc.themes.english import english_terms, one_form, united
from loopqa.calc.themes.keywords import keyword, keywords, met
from loopqa.calc.themes.masking import LONGEST, excerpt, masked
from loopqa.calc.themes.reading import folded, languages
from loopqa.model.behind import Comment


def in_threes(run: str) -> list[str]:
    """A segmenter that cuts after every third character."""
    return [run[at : at + 3] for at in range(0, len(run), 3)]


def test_mark_up_entities_and_addresses_are_no_words() -> None:
    written = "<p class='x'>So <b>SLOW</b>&nbsp;&amp; rude</p> www.shop.example li@shop.example"
    assert english_terms(folded(written)) == {"slow", "rude"}


def test_an_arrow_is_no_mark_up() -> None:
    assert "waiting" in english_terms(folded("waiting < 5 minutes > promised"))


def test_full_width_letters_and_curly_apostrophes_are_the_plain_ones() -> None:
    assert english_terms(folded("ＱＵＥＵＥ didn’t move")) >= {"queue", "not move"}


def test_words_on_two_sides_of_a_full_stop_are_no_pair() -> None:
    terms = english_terms("too slow. phone rings")
    assert "slow phone" not in terms
    assert "phone rings" in terms


def test_a_negation_is_half_of_a_pair_and_no_word_by_itself() -> None:
    assert english_terms("it was not solved, they can't help, won't answer") == {
        "solved", "help", "answer", "not solved", "not help", "not answer",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("word", "base"),
    [("calls", "call"), ("waited", "wait"), ("rating", "rate"), ("stopped", "stop"),
     ("boxes", "box"), ("fixed", "fix")],
)  # fmt: skip
def test_forms_of_a_word_are_told_as_the_word_that_somebody_wrote(word: str, base: str) -> None:
    assert one_form({word: 1, base: 2}) == {word: base}


@pytest.mark.parametrize("pair", [("news", "new"), ("glass", "glas"), ("bus", "bu"), ("red", "r")])
def test_words_that_only_look_alike_are_kept_apart(pair: tuple[str, str]) -> None:
    assert one_form(dict.fromkeys(pair, 3)) == {}


def test_no_word_is_made_up() -> None:
    assert one_form({"morning": 2, "charged": 5}) == {}


@given(st.lists(st.frozensets(st.sampled_from(["wait", "waiting", "waits", "call"]))))
def test_uniting_forms_loses_no_comment(documents: list[frozenset[str]]) -> None:
    told = united(documents)
    assert [bool(one) for one in told] == [bool(one) for one in documents]
    assert all(len(one) <= len(before) for one, before in zip(told, documents, strict=True))


def test_chinese_pairs_stand_side_by_side_and_hold_no_stop_word() -> None:
    cut = {"服务态度很差": ["服务", "态度", "很", "差"], "没解决": ["没", "解决"]}
    assert chinese_terms("服务态度很差,没解决", cut.__getitem__) == {
        "服务", "态度", "服务态度", "解决", "没解决",
    }  # fmt: skip


def test_a_segmenter_sees_unbroken_chinese_only() -> None:
    seen: list[str] = []

    def segment(run: str) -> list[str]:
        seen.append(run)
        return [run]

    chinese_terms(folded("等了2小时，wifi也慢😡！"), segment)
    assert seen == ["等了", "小时", "也慢"]


@given(st.text(max_size=60))
def test_any_text_can_be_read(written: str) -> None:
    text = folded(written)
    assert folded(text) == text or "<" in text or "&" in text or "@" in text or "www" in text
    assert languages(text) <= {"en", "zh", "other"}
    for term in english_terms(text) | chinese_terms(text, in_threes):
        assert term.strip() == term != ""


@pytest.mark.parametrize(
    ("word", "comment", "there"),
    [
        ("slow", "SLOW!", True), ("slow", "slowly", False), ("wait", "we waited", True),
        ("late", "a plate", False), ("late", "lately", False), ("慢", "上菜太慢了", True),
        ("no answer", "no   Answer", True), ("no answer", "casino answer", False),
        ("wifi", "wifi很慢", True),
        ("Wi-Fi", "the wi-fi is down", True), ("c++", "c++ only", True), ("是", "Ｙes 是", True),
    ],
)  # fmt: skip
def test_keywords_are_whole_words_in_english_and_anywhere_in_chinese(
    word: str, comment: str, there: bool
) -> None:
    assert keyword(word).met_in(folded(comment)) is there


@given(st.text(min_size=1, max_size=8), st.text(max_size=20), st.text(max_size=20))
def test_a_keyword_between_blanks_is_always_found(word: str, before: str, after: str) -> None:
    for one in keywords({"en": (word,)}):
        assert met([one], f"{before} {' '.join(folded(word).split())} {after}") == {word}


def test_ten_comments_of_one_customer_are_one_voice() -> None:
    low = [Comment("slow", "c1") for _ in range(10)] + [Comment("slow"), Comment("slow")]
    both = voices(low, [Comment("fine", "c1")])
    assert len(both.low) == 3
    assert term_uses(both, None) == {"fine": Uses(0, 1), "slow": Uses(3, 0)}


def test_without_a_segmenter_chinese_has_keywords_and_no_terms() -> None:
    both = voices([Comment("太慢 slow")], [])
    assert term_uses(both, None) == {"slow": Uses(1, 0)}
    wanted = keywords({"zh": ("慢",)})
    assert both.uses(lambda text: met(wanted, text)) == {"慢": Uses(1, 0)}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("call 13800001234", "call ***"),
        ("call +86 (0)138-0000-1234 now", "call *** now"),
        ("一三八零零零零一二三四", "***"),
        ("id 11010519900307123X.", "id ***."),
        ("write to Li.Wei+x@qq.com!", "write to ***!"),
        ("１３８０００００", "***"),
        ("waited 45 minutes, paid 12.50", "waited 45 minutes, paid 12.50"),
        ("see https://x.example/?t=abc", "see ***"),
        ("一个两个三个", "一个两个三个"),
    ],
)
def test_what_may_tell_who_somebody_is_is_masked(written: str, shown: str) -> None:
    assert excerpt(written) == shown


@given(st.text(max_size=400))
def test_excerpts_are_short_one_line_and_without_long_numbers(written: str) -> None:
    shown = excerpt(written)
    assert len(shown) <= LONGEST
    assert not re.search(r"[\n\r\t\x00-\x1f]", shown)
    assert not re.search(r"[0-9]{5}", shown)
    assert masked(masked(written)) == masked(written)


def test_a_cut_tears_no_emoji_apart_and_turns_no_writing_round() -> None:
    family = "👨\u200d👩\u200d👧"
    shown = excerpt("x" * (LONGEST - 3) + family + "tail")
    assert shown == "x" * (LONGEST - 3) + "…"
    assert excerpt("safe \u202eevil\u2066") == "safe evil"
