"""What the name of a column hints at, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Parts of names by what they hint at. Latin words match whole words of the name, Chinese ones
#: match anywhere.
HINTS: dict[str, tuple[str, ...]] = {
    "rating": (
        *("rating", "rate", "rated", "score", "scored", "satisfaction", "satisfied", "csat"),
        *("quality", "stars", "star", "experience", "attitude", "courtesy", "helpfulness"),
        *("safe", "safety", "clean", "cleanliness", "comfort", "ease", "value", "usability"),
        *("speed", "responsiveness", "solution", "politeness", "clarity", "effort"),
        *("friendliness", "expertise", "professionalism", "communication", "overall", "ces"),
        *("评分", "满意", "评价", "打分", "得分", "星级", "态度", "速度", "专业", "体验", "质量"),
        *("及时性", "解决效果", "沟通", "规范", "能力", "问题解决"),
    ),
    "nps": ("nps", "netpro", "promoter", "recommend", "recommendation", "推荐"),
    "overall": ("overall", "all", "total", "总体", "整体", "总评"),
    "weight": ("weight", "wt", "权重"),
    "customer": (
        *("customer", "caller", "client", "member", "user", "buyer", "respondent", "openid"),
        *("客户", "用户", "会员", "买家", "顾客", "主叫"),
    ),
    "case": (
        *("case", "ticket", "call", "order", "incident", "respnum", "number", "id", "no", "index"),
        *("工单", "编号", "单号", "订单", "流水", "序号", "会话"),
    ),
    "agent": (
        *("agent", "advisor", "operator", "representative", "rep", "staff", "employee", "handler"),
        *("assignee", "assigned", "坐席", "座席", "客服", "员工", "工号", "处理人", "受理人"),
        *("服务人员",),
    ),
    "team": (
        *(
            "team",
            "queue",
            "skill",
            "department",
            "dept",
            "office",
            "branch",
            "store",
            "site",
            "unit",
        ),
        *("group", "班组", "小组", "团队", "部门", "网点", "门店", "技能组", "分公司", "中心"),
    ),
    "segment": (
        *("channel", "type", "topic", "category", "product", "region", "area", "segment", "kind"),
        *("service", "priority", "source", "language", "country", "market", "plan", "level"),
        *("gate", "airline", "tier"),
        *("渠道", "类型", "类别", "分类", "产品", "地区", "区域", "省", "城市", "来源", "业务"),
        *("优先级", "等级", "级别", "新老", "性质"),
    ),
    "comment": (
        *("comment", "comments", "remark", "remarks", "feedback", "verbatim", "text", "review"),
        *("reviewbody", "suggestion", "评论", "备注", "意见", "建议", "留言", "反馈", "描述"),
    ),
    "personal": (
        *("name", "firstname", "lastname", "surname", "phone", "mobile", "tel", "telephone"),
        *("email", "mail", "address", "passport", "ssn", "zip", "postcode", "birthday"),
        *("姓名", "电话", "手机", "邮箱", "邮件", "地址", "身份证", "联系方式", "微信", "邮编"),
        *("生日",),
    ),
    "people": ("name", "firstname", "lastname", "surname", "姓名"),
    "opened": (
        *("opened", "created", "received", "reported", "raised", "submitted", "start", "started"),
        *("begin", "报修", "受理", "创建", "提交", "接收", "开始", "来电", "进线"),
    ),
    "responded": (
        *("responded", "answered", "response", "acknowledged", "accepted", "reply", "replied"),
        *("响应", "接单", "应答", "首次回复", "回复"),
    ),
    "resolved": (
        *("resolved", "solved", "resolution", "completed", "finished", "done", "fixed"),
        *("解决", "完成", "办结", "处理完"),
    ),
    "closed": ("closed", "ended", "end", "关闭", "结束", "结单"),
    "updated": ("updated", "modified", "changed", "event", "timestamp", "更新", "修改"),
    "asked": ("rated", "answered_on", "surveyed", "survey", "interview", "intdate", "评价", "回访"),
    "sequence": ("seq", "sequence", "mod", "version", "step", "revision", "次序", "版本", "步骤"),
    "state": ("state", "status", "stage", "状态", "阶段"),
    "good": (
        *("answered", "resolved", "solved", "satisfied", "sla", "fcr", "success", "ontime", "met"),
        *("解决", "及时", "接通", "达标", "满意", "成功", "应答"),
    ),
    "bad": (
        *("reopened", "escalated", "abandoned", "complaint", "missed", "late", "overdue", "failed"),
        *("超时", "投诉", "升级", "放弃", "失败", "重开", "逾期"),
    ),
    "wait": (
        *("wait", "waiting", "answer", "response", "queue", "hold", "delay", "resolution"),
        *("等待", "响应", "应答", "排队", "接听"),
    ),
    "duration": (
        *("duration", "seconds", "second", "secs", "sec", "minutes", "mins", "hours", "hrs"),
        *("talk", "handle", "handling", "aht", "时长", "用时", "耗时", "秒", "分钟", "小时"),
    ),
    "seconds": ("seconds", "second", "secs", "sec", "秒"),
    "minutes": ("minutes", "minute", "mins", "min", "分钟"),
    "hours": ("hours", "hour", "hrs", "小时"),
    "date": ("date", "time", "day", "at", "on", "日期", "时间"),
}

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def words_of(name: str) -> frozenset[str]:
    """The Latin words of a name, folded; camel case and digits part words.

    >>> sorted(words_of("AvgTalkDuration (s)"))
    ['avg', 'duration', 's', 'talk']
    """
    return frozenset(word.casefold() for word in _WORD.findall(name))


def hints_at(name: str, *roles: str) -> bool:
    """Whether the name hints at any of the roles.

    >>> hints_at("Satisfaction rating", "rating"), hints_at("服务态度", "rating")
    (True, True)
    """
    words = words_of(name)
    parts = [part for role in roles for part in HINTS[role]]
    if "rating" in roles and any(word.endswith(("rate", "rating", "score")) for word in words):
        return True
    return any(part in words if part.isascii() else part in name for part in parts)


def stem(name: str) -> str:
    """The beginning that the questions of one battery share: letters and a number.

    >>> stem("Q7ART"), stem("*Q12_1"), stem("attitude")
    ('Q7', 'Q12', '')
    """
    found = re.match(r"\W*([A-Za-z]{1,3}\d+)", name)
    return found[1].upper() if found else ""


def as_id(name: str, taken: Iterable[str] = ()) -> str:
    """An id made of a name: letters, digits, ``-`` and ``_``, not yet ``taken``.

    >>> as_id("Speed of answer (s)"), as_id("1. 态度"), as_id("a", ["a"])
    ('Speed-of-answer-s', 'c1-态度', 'a-2')
    """
    base = re.sub(r"[^\w-]+", "-", name).strip("-_")[:56]
    if not base or not re.match(r"[^\W\d]", base):
        base = f"c{base}"
    others, chosen, number = set(taken), base, 1
    while chosen in others:
        number += 1
        chosen = f"{base}-{number}"
    return chosen
