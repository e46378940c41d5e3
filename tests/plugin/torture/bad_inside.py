"""A detector, an analyser and a scheme that misbehave as their options say."""

import os
import time

from loopqa.plugin import (
    Analyser,
    Candidate,
    Detector,
    Insight,
    Lead,
    LevelCoding,
    Options,
    Score,
    Scoring,
    hookimpl,
    text,
)


class BadOptions(Options):
    how: str = "well"


def misbehave(how):
    """Whatever does not come back from here."""
    if how == "raises":
        raise KeyError("opensesame")
    if how == "raises system exit":
        raise SystemExit(4)
    if how == "exits":
        os._exit(9)
    if how == "hangs":
        time.sleep(1000)


class BadDetector(Detector):
    type = "bad_detector"
    summary = text("misbehaves")
    Config = BadOptions

    def detect(self, context):
        misbehave(self.config.how)
        if self.config.how == "returns rubbish":
            return [7]
        if self.config.how == "returns nothing":
            return None
        if self.config.how == "names no dimension":
            return [Candidate("nowhere", "nowhere", (), None, 3, 2.0)]
        return []


class BadAnalyser(Analyser):
    type = "bad_analyser"
    summary = text("misbehaves")
    Config = BadOptions
    per_finding = False

    def analyse(self, context):
        misbehave(self.config.how)
        if self.config.how == "returns rubbish":
            return "so it is"
        if self.config.how == "returns half rubbish":
            return Insight(text("all is well"), leads=(Lead("here"),))
        if self.config.how == "counts rubbish":
            return Insight(text("all is well"), figures={"share": float("nan")})
        return None


class BadScheme(Scoring):
    type = "bad_scheme"
    summary = text("misbehaves")
    Config = BadOptions

    def code(self):
        return LevelCoding({float(level): float(level) for level in range(1, 6)})

    def score(self, inputs):
        misbehave(self.config.how)
        if self.config.how == "returns nan":
            return Score(float("nan"), float("nan"), 3)
        if self.config.how == "returns text":
            return "4.2"
        histogram = inputs["value"]
        total = sum(value * n for value, (n, _) in histogram.counts.items())
        mean = total / histogram.n if histogram.n else None
        return Score(mean, mean, histogram.n)


@hookimpl
def loopqa_detectors():
    return [BadDetector]


@hookimpl
def loopqa_analysers():
    return [BadAnalyser]


@hookimpl
def loopqa_scorings():
    return [BadScheme]
