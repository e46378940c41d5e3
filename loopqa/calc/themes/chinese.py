"""Chinese comments as terms: the words a segmenter finds, and two of them side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from loopqa.calc.themes.reading import chinese_runs

Segmenter = Callable[[str], Sequence[str]]
"""Cuts an unbroken stretch of Chinese into words; nothing is lost and nothing added."""

_LONGEST_PAIR = 6  #: characters

_EMPTY = """
的 了 着 过 得 地 是 在 我 你 您 他 她 它 我们 你们 他们 她们 它们 大家 自己
也 就 都 和 与 及 或 而 又 再 还 还是 但 但是 不过 而且 并且 或者 如果 因为
所以 因此 虽然 然后 于是 这 那 这个 那个 这些 那些 这里 那里 这样 那样 这么 那么
这次 那次 每次 什么 怎么 怎样 为什么 哪 哪里 谁 很 太 非常 比较 特别 真 真的
真是 挺 更 最 有点 有些 一些 一点 一个 一下 一次 一直 一样 两个 几个 个 些 次
点 种 样 被 把 给 让 对 向 从 到 去 来 上 下 里 中 后 前 等等 以及 关于
可以 可能 应该 需要 觉得 感觉 知道 看到 起来 出来 进去 时候 时间 现在 今天 之后
以后 之前 以前 已经 曾经 才 只 只是 只有 就是 也是 都是 是不是 有 没有 不是 会
能 要 想 说 做 用 吧 呢 啊 呀 吗 嘛 哦 哈 呵 直接 就算 甚至 居然 竟然 根本
简直 完全 反正 果然 好像 似乎 只能 最后 后来 当时 结果 其实 尤其 包括 各种 以为
那种 这种
"""
#: Words that carry no theme of their own.
STOP = frozenset(_EMPTY.split())
NEGATIONS = frozenset({"不", "没", "没有", "未", "无", "别", "不会", "不能", "不给", "不肯"})


def chinese_terms(text: str, segment: Segmenter) -> frozenset[str]:
    """The terms of a folded text: words of two characters and more, and pairs side by side.

    A single character is no term, but may be half of a pair (态度 + 差); neither half is a stop
    word, unless the first is a negation (没 + 解决).

    >>> sorted(chinese_terms("态度差", lambda run: ["态度", "差"]))
    ['态度', '态度差']
    """
    return frozenset(_terms(text, segment))


def _terms(text: str, segment: Segmenter) -> Iterator[str]:
    for run in chinese_runs(text):
        words = segment(run)
        yield from (word for word in words if len(word) > 1 and _means_something(word))
        for first, second in pairwise(words):
            whole = first + second
            opens = _means_something(first) or first in NEGATIONS
            if opens and _means_something(second) and len(whole) <= _LONGEST_PAIR:
                yield whole


def _means_something(word: str) -> bool:
    return word not in STOP and word not in NEGATIONS
