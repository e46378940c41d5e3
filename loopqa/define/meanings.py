"""What every field of a definition file means, for the JSON Schemas and the reference.

Keyed by the class that reads the field and the field as written; ``Short...`` classes, which only
repeat fields of others, have none of their own.
"""

from __future__ import annotations

from collections.abc import Mapping

_RUBRIC = {
    "RubricPart": {
        "rubric": "its id; the file is rubrics/<id>.yaml",
        "version": "your name for this version; its identity is the hash of its content",
        "valid_from": "first day for which it is meant",
        "review_by": "day of its next revision; `loopqa check` warns when it is past",
        "title": "its name",
        "scale": "the scale of all scores; short: 1-5",
        "boxes": "levels that count as high and as low; default: two on each side",
        "raters": "the groups of people who rate, e.g. customer and internal",
        "blend": "weights of the rater groups in every dimension that several of them rate",
        "finding": "when a score is a finding",
        "decide": "how verdicts are reached",
        "defaults": "what all indicators take over unless they say otherwise",
        "scales": "tables of words and their levels, by name, for `values`",
        "dimensions": "what is evaluated, by id",
        "tests": "worked cases with their expected scores; `loopqa check` computes them",
    },
    "TitlePart": {"en": "in English", "zh": "in Chinese"},
    "ScalePart": {
        "low": "the worst score",
        "high": "the best score",
        "labels": "names of the levels from low to high, by language",
    },
    "BoxesPart": {
        "top": "levels that make up the high share",
        "bottom": "levels that make up the low share",
    },
    "RaterPart": {
        "title": "name of the group",
        "agreement_at_least": "Krippendorff's alpha that these raters have to reach",
    },
    "BlendPart": {
        "when_missing": "a group without data: no score (none), or the others share its weight",
    },
    "FindingPart": {
        "below": "a score strictly below this is a finding",
        "min_n": "with fewer answers it is only watched",
        "bottom_share_above": "a larger share of low answers is a finding, e.g. 30%",
    },
    "DecidePart": {
        "material_change": "the smallest change that matters, in points; default 0.25 on a 1-5 "
        "scale",
        "confidence": "of a verdict, one-sided",
        "local_drift": "how far one segment may drift by itself where that can't be measured; "
        "default 0.10",
    },
    "DefaultsPart": {
        "rater": "who rates",
        "score": "the scoring scheme",
        "aggregate": "how values become one value",
        "missing": "values that mean: no answer",
        "not_applicable": "values that mean: does not concern this case",
        "refused": "values that mean: declined to answer",
        "valid": "a condition on the value; what fails it gives no score",
        "values": "words and their levels, or the name of a table in `scales`",
        "unit": "unit of the values",
    },
    "DimensionPart": {
        "title": "its name; default: its id",
        "weight": "in the composite: percents (adding up to 100), decimals (to 1), or whole parts",
        "target": 'what the score should reach, e.g. ">= 3.8"',
        "was": "its id in earlier versions, so that findings are followed on",
        "cadence": "how often it is measured, if less often than the workflow runs: due in the "
        "window in which such a period ends, and carried forward in between",
        "causes": "codes of root causes to choose from",
        "cause_words": "words in comments that point to a root cause, by cause and language",
        "keywords": "words in comments that point to it, by language",
        "playbook": "actions worth considering",
        "indicators": "what is measured, by id; a dimension with one indicator may say it directly",
    },
    "IndicatorPart": {
        "title": "its name; default: that of the dimension",
        "rater": "who rates",
        "question": "the words of the question",
        "score": "the scoring scheme; short: its type",
        "weight": "among the indicators of the same rater in the dimension; 0 shows it only",
        "aggregate": "how values become one value",
        "unit": "unit of the values",
        "target": 'what the value should reach, e.g. "<= 15"',
        "material_change": "the smallest change that matters where it is judged by itself: percent "
        "of a time or amount (default 10%), percentage points of a share (5), points of a net "
        "promoter score (10)",
        "from": "the workflow's input it reads, where several would do",
        "critical": "auto-fail",
        "when": "column and value: other cases are not applicable",
        "comment_required_below": "a lower answer has to be explained",
        "was": "its id in earlier versions",
        "anchors": "what evidence a level asks for, by level",
        "measure": "where the value comes from; its fields may stand in the indicator itself",
    },
    "MeasurePart": {
        "column": "the column, or several: the first that is present",
        "values": "words and their levels, or the name of a table in `scales`",
        "missing": "values that mean: no answer; in times: no time",
        "not_applicable": "values that mean: does not concern this case",
        "refused": "values that mean: declined to answer",
        "low": "lower end of its own scale, if not the rubric's",
        "high": "upper end of its own scale, if not the rubric's",
        "valid": 'tested first, e.g. ">= 0"; what fails it gives no score',
        "minutes": "minutes between two times",
        "hours": "hours between two times",
        "days": "days between two times",
        "repeat": "whether the same customer came back soon",
    },
    "SpanPart": {
        "from": "column of the earlier time",
        "to": "column of the later time",
        "open": "what a case without the later time is",
    },
    "RepeatPart": {
        "by": "column of the customer",
        "after": "column of the time from which another case counts",
        "within": "how soon, e.g. 48 hours",
    },
    "SchemePart": {"type": "which scheme; the other keys are its options, see below"},
    "CriticalPart": {
        "at_most": "an answer this low or lower fails the case",
        "caps": "whose score is capped",
        "to": "the highest score that is left",
    },
    "ConditionPart": {"is": "one of these values", "not": "none of these values"},
    "ProposalPart": {
        "title": "what could be done",
        "horizon": "short or long term",
        "due_in": "e.g. 2 weeks",
    },
    "TestPart": {
        "given": "values by indicator, or `scores` by dimension",
        "expect": "scores by dimension, by dimension.indicator, or `composite`",
    },
}

_WORKFLOW = {
    "WorkflowPart": {
        "workflow": "its id; the file is workflows/<id>.yaml",
        "rubric": "id of the rubric",
        "title": "its name",
        "schedule": "when it runs by itself",
        "window": "which window a run evaluates; short: month",
        "history": "how far back the first run fills in earlier windows, e.g. 12 months",
        "inputs": "its sources, by id",
        "segments": "columns whose every value gets its own scores and findings",
        "derive": "columns made from others, by name; used like any column: segments, cluster ...",
        "cluster": "columns by which answers hang together, coarse to fine: team, agent",
        "sample": "which cases are drawn for review",
        "detect": "detectors, in order; default: all four of LoopQA's own",
        "analyse": "analysers, in order",
        "improve": "defaults of actions",
        "re_evaluate": "how the effect of a closed action is checked",
        "notify": "which events are told to whom",
        "report": "which reports a run leaves behind",
    },
    "InputPart": {
        "type": "csv, excel, http_json, jsonl, parquet, sql, a plugin's; the rest are its options",
        "rater": "whose answers it holds; default: everybody's",
        "role": "cases, or addresses to be asked",
        "dates": 'how times are written, e.g. "%d/%m/%Y %H:%M"; default: ISO 8601',
        "map": "our name and your column: at, case, customer, agent, comment, weight, any segment; "
        "of a sample drawn by strata, stratum and population (cases the stratum has in the window)",
        "missing": "marks that stand for an empty cell anywhere in this input, such as ?",
        "collapse": "how several events become one case",
        "day": "the day that all its cases count for, where no column tells it",
    },
    "CollapsePart": {
        "key": "column that says to which case an event belongs; every other key names a column of "
        "the case",
    },
    "MadePart": {
        "first": "the earliest of the times in this column",
        "last": "the latest of the times in this column",
        "earliest": "what this column says on the case's earliest event that has it",
        "latest": "what this column says on the case's latest event that has it",
        "count": "how many of the case's events have something in this column",
        "by": "numbers or times that order the events, for earliest and latest; default: their "
        "rows",
        "where": "only events whose columns have (or do not have) these values; of a list, those "
        "that meet one entry",
    },
    "DerivePart": {
        "from": "the column it is made from",
        "bands": 'names and what belongs to them: `{new: "<= 3 months", old: "> 12 months"}` (age '
        'of a date at the time of the case) or `{low: "<= 2", high: "> 2"}`; the first that fits',
        "values": "or names and the values that belong to them: `{VIP: [A, B], ordinary: [C]}`",
        "otherwise": "name of what fits none; default: other",
        "missing": "name of cases where the column says nothing",
        "dates": "how its dates are written, if not as the input's others",
    },
    "SchedulePart": {
        "cron": 'a cron line, e.g. "0 6 4 * *", on the clocks of the workspace\'s zone',
        "every": "or a calendar period",
        "day": "its day: of a week 1 (Monday) to 7; of a month, of a quarter's first month, or of "
        "January 1 to 31, clamped at the month's end; default: 1",
        "at": "time of day in the workspace's zone",
        "catch_up": "which missed runs are made up for: the latest, all, or none (run up to an "
        "hour late)",
    },
    "WindowPart": {
        "previous": "the last whole day, week, month, quarter or year",
        "settle": "how long after its end a window is read, e.g. 3 days: as it stood then, so that "
        "old and fresh windows are of the same age",
    },
    "SamplePart": {
        "draw_from": "input that holds the population",
        "for": "input that the reviews come back by",
        "strata": "columns to stratify by",
        "share": "share of the cases",
        "at_least": "cases at least",
        "per": "whether that holds for each stratum or in all",
        "seed": "makes the draw repeatable",
    },
    "PluginPart": {"type": "which one; the other keys are its options, see below"},
    "ImprovePart": {
        "open": "whether findings propose actions",
        "due_in": "due date of an action that names none",
        "remind": "how long before its due date people are reminded of an action",
        "escalate": "how long after its due date an action is escalated",
        "rollout": "actions begin in randomly chosen clusters first, the others follow in steps",
        "holdout": "share of randomly chosen clusters that get nothing until the verdict, e.g. 20%",
    },
    "RolloutPart": {
        "by": "column whose values begin or wait; default: the coarsest `cluster`",
        "steps": "in how many steps",
        "seed": "makes the draw repeatable",
        "every": "from one step to the next, e.g. 1 month; default: one window",
    },
    "AskPart": {
        "who": "a fresh random sample, the same customers, or those who scored low",
        "served_since": "closed: only customers served after the action was closed",
        "at_most": "how many are asked",
    },
    "ReEvaluatePart": {
        "after": "when the re-survey is due after closing, clamped at month ends",
        "from": "the input that is read again: its first whole window on or after the due date",
        "asked": "what the input delivers: a random sample, the same customers, or low scorers",
        "ask": "whom the survey asks",
        "comparison": "whether what lies outside the action's segment is the comparison",
        "rounds": "how often at most",
    },
    "NotifyPart": {
        "on": "events, e.g. [verdict.reached, action.overdue]; `action.*` is every event of "
        "actions, `all` is every event",
        "type": "how: email, webhook, file, console or a plugin's; the other keys are its options, "
        "see below",
    },
    "ReportPart": {
        "formats": "html",
        "languages": "en, zh",
        "sign_off": "roles that sign a report before it is released; the section `sign_off` has a "
        "line for each",
        "sections": "further sections at the end of the report, in order, see below",
    },
}

_SETTINGS = {
    "SettingsPart": {
        "time_zone": "all days and due dates are days here",
        "languages": "of reports whose workflow names none",
        "state": "URL of the state database; a relative SQLite path starts at the workspace",
        "evidence": "folder of the frozen answers",
        "backend": "query engine; inputs in PostgreSQL are counted there by themselves",
        "memory_limit": "of the query engine; what does not fit goes to disk",
        "key_file": "the key that customer numbers are replaced with",
        "mail": "the mail server, for `notify` with `type: email`",
        "plugins": "options of plugins that act by themselves, such as guards, by their names",
        "block_plugins": "plugins that are not loaded",
        "plugin_limits": "how much a source or notifier of a third party may take before it is "
        "ended",
    },
    "MailPart": {
        "host": "its name; may be `${env:NAME}`",
        "port": "default: 587, 465 (tls) or 25 (none)",
        "security": "STARTTLS, TLS from the first byte, or none (for a server on this machine)",
        "user": "for the login; default: no login",
        "password": "as `${env:NAME}` or `${file:PATH}`",
        "from": 'whom mails are from: `qa@example.com` or `"Quality team <qa@example.com>"`',
        "timeout": "seconds to wait for any one answer of the server",
    },
    "PluginLimitsPart": {
        "silent": "of a reading: without rows and without progress for so long",
        "check": "to tell whether the source can be read, or which columns it has",
        "send": "to send one message; at most 80 seconds",
        "rows": "of one reading, rejected ones included",
        "volume": "of all rows of one reading",
        "memory": "of the plugin's process (Linux); at least 300 MB",
    },
}

MEANINGS: Mapping[str, Mapping[str, str]] = {**_RUBRIC, **_WORKFLOW, **_SETTINGS}

#: Where the fields of the shorthand classes are described, in order.
BORROWED: Mapping[str, tuple[str, ...]] = {
    "ShortIndicator": ("IndicatorPart", "MeasurePart"),
    "ShortDimension": ("DimensionPart", "IndicatorPart", "MeasurePart"),
}


def meaning(part: str, field: str) -> str | None:
    """What ``field`` of the class ``part`` means, in a few words.

    >>> meaning("ShortDimension", "low")
    "lower end of its own scale, if not the rubric's"
    """
    for name in BORROWED.get(part, (part,)):
        if field in MEANINGS.get(name, {}):
            return MEANINGS[name][field]
    return None
