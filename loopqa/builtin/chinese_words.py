"""Words of Chinese text, by rjieba, where that is installed (``loopqa[text]``)."""

from __future__ import annotations

from importlib.util import find_spec

from loopqa.calc.themes.chinese import Segmenter


def chinese_segmenter() -> Segmenter | None:
    """Cuts Chinese text into words; None: rjieba is not installed."""
    if find_spec("rjieba") is None:
        return None
    import rjieba  # noqa: PLC0415 - an extra, and a dictionary of some megabytes

    return lambda run: tuple(rjieba.cut(run))
