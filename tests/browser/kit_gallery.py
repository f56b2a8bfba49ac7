"""A page that shows every component of the front-end kit in one language, for browsers to judge.

Run by hand with ``python tests/browser/kit_gallery.py PORT``; the browser tests serve it in a thread.
The people, numbers and findings on it are made up for the page.
"""

# ruff: noqa: E501 - a wording in two languages is one line, as on paper
from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, redirect, render_template, request
from flask_babel import Babel
from jinja2 import FileSystemLoader

from edc.study.conditions import parse
from edc.web import kit
from edc.web.choice_rows import in_groups
from edc.web.drawings import consort_flow, line_chart

ROOT = Path(__file__).resolve().parents[2]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MOMENT = datetime(2026, 11, 22, 15, 4, tzinfo=UTC)


def say(zh: str, en: str) -> str:
    """Return the wording in the language asked for."""
    return zh if language() == "zh" else en


def language() -> str:
    """Return the language of the request: by form, then by address."""
    return request.values.get("_language") or request.args.get("lang", "zh")


def yes_no() -> list[dict[str, str]]:
    """Return the two options of most questions."""
    return [{"value": "Y", "text": say("是", "Yes")}, {"value": "N", "text": say("否", "No")}]


def missing(code: str = "", reason: str = "") -> dict[str, Any]:
    """Return the missing-code control of a field."""
    codes = [
        ("ND", "未做", "Not done"),
        ("NK", "不详", "Not known"),
        ("NA", "不适用", "Not applicable"),
        ("REF", "拒绝", "Refused"),
    ]
    return {
        "allowed": True,
        "code": code,
        "reason": reason,
        "codes": [{"value": c, "text": f"{c} {say(zh, en)}"} for c, zh, en in codes],
    }


def shown_if(item: str, value: str) -> list[Any]:
    """Return a condition in the form that the browser's evaluator reads."""
    return json.loads(json.dumps(parse(f"{item} == {value!r}").tree))


def fields() -> list[dict[str, Any]]:
    """Return one field of every kind, in the states a field can be in."""
    who = [
        ("0", "0级 无异常", "0 No finding"),
        ("1", "1级 疼痛±红斑，无溃疡", "1 Soreness with or without redness, no ulcer"),
        ("2", "2级 有溃疡，可进固体食物", "2 Ulcer, solid food still eaten"),
        ("3", "3级 有溃疡，仅能进流质", "3 Ulcer, liquids only"),
        ("4", "4级 无法经口进食", "4 Feeding by mouth impossible"),
    ]
    redness = [
        ("0", "0 无", "0 None"),
        ("1", "1 轻中度", "1 Not severe"),
        ("2", "2 重度", "2 Severe"),
        ("9", "无法评估", "Not assessable"),
    ]
    reasons = [
        ("OM", "口腔黏膜炎", "Oral mucositis"),
        ("NV", "恶心呕吐", "Nausea or vomiting"),
        ("GI", "肠道GVHD或其他胃肠疾病", "Gut GVHD or other gut disease"),
        ("CHO", "个人意愿/味觉改变", "Own choice or taste"),
    ]
    diagnoses = [
        ("AML", "急性髓系白血病", "Acute myeloid leukaemia"),
        ("ALL", "急性淋巴细胞白血病", "Acute lymphoblastic leukaemia"),
        ("MDS", "骨髓增生异常综合征", "Myelodysplastic neoplasm"),
        ("NHL", "非霍奇金淋巴瘤", "Non-Hodgkin lymphoma"),
        ("MM", "多发性骨髓瘤", "Multiple myeloma"),
        ("AA", "再生障碍性贫血", "Aplastic anaemia"),
        ("PNH", "阵发性睡眠性血红蛋白尿症", "Paroxysmal nocturnal haemoglobinuria"),
        ("OTH", "其他（请注明）", "Other, specify"),
    ]

    def options(rows: list[tuple[str, str, str]]) -> list[dict[str, str]]:
        return [{"value": value, "text": say(zh, en)} for value, zh, en in rows]

    return [
        {
            "name": "OMPERF",
            "kind": "choice",
            "label": say("是否评估", "Assessed"),
            "options": yes_no(),
            "value": "Y",
            "required": True,
            "history_url": "#h",
        },
        {
            "name": "OMREASND",
            "kind": "text",
            "label": say("未评估原因", "Why not"),
            "value": "",
            "required": True,
            "shown": False,
            "shown_when": shown_if("OMPERF", "N"),
            "max_length": 100,
        },
        {
            "name": "OMDAT",
            "kind": "date",
            "label": say("评估日期", "Date"),
            "required": True,
            "value": {"year": "2026", "month": "2", "day": "30"},
            "history_url": "#h",
            "error": say(
                "2026年2月没有30日，请核对日期。",
                "February 2026 has no day 30. Please check the date.",
            ),
            "missing": missing(),
        },
        {
            "name": "OMTIM",
            "kind": "time",
            "label": say("评估时间", "Time"),
            "value": "09:30",
            "hint": say("24小时制", "24-hour clock"),
            "missing": missing(),
        },
        {
            "name": "TEMP",
            "kind": "decimal",
            "label": say("体温（腋温）", "Body temperature (axillary)"),
            "unit": "℃",
            "range_text": "35.5–38.0",
            "value": "38.6",
            "required": True,
            "history_url": "#h",
            "missing": missing(),
            "warnings": [
                say(
                    "体温高于38.3℃且中性粒细胞减少，请考虑记录不良事件。",
                    "Fever with neutropenia: consider recording an adverse event.",
                )
            ],
        },
        {
            "name": "PULSE",
            "kind": "integer",
            "label": say("脉搏", "Pulse"),
            "unit": say("次/分", "beats/min"),
            "range_text": "50–120",
            "value": "88",
            "required": True,
            "history_url": "#h",
            "missing": missing(),
        },
        {
            "name": "OMWHO",
            "kind": "choice",
            "label": say("WHO分级", "WHO grade"),
            "required": True,
            "options": options(who),
            "value": "3",
            "layout": "stack",
            "history_url": "#h",
            "missing": missing(),
            "query": {
                "count": 1,
                "state": "open",
                "href": "#q",
                "messages": [
                    say("WHO分级与溃疡及进食情况不符。", "WHO grade does not fit ulcers and diet.")
                ],
            },
        },
        *(
            {
                "name": name,
                "kind": "choice",
                "label": say(f"OMAS红斑：{zh}", f"OMAS redness: {en}"),
                "required": True,
                "options": options(redness),
                "value": "1" if name == "OMULE" else "",
                "history_url": "#h",
            }
            for name, zh, en in [
                ("OMULE", "上唇", "upper lip"),
                ("OMLLE", "下唇", "lower lip"),
                ("OMRTE", "右舌腹及舌缘", "right ventral or lateral tongue"),
            ]
        ),
        {
            "name": "OMERYM",
            "kind": "calculated",
            "label": say("红斑均分", "Mean redness"),
            "unit": say("分", "score"),
            "value": "1.00",
        },
        {
            "name": "OMDIETRS",
            "kind": "multi",
            "label": say("饮食受限原因", "Why food is limited"),
            "options": options(reasons),
            "value": ["OM", "NV"],
            "required": True,
            "history_url": "#h",
        },
        {
            "name": "DX",
            "kind": "choice",
            "label": say("诊断", "Diagnosis"),
            "options": options(diagnoses),
            "value": "MDS",
            "required": True,
            "history_url": "#h",
        },
        {
            "name": "AESTDAT",
            "kind": "partial_date",
            "label": say("开始日期（日可不详）", "Start (day may be unknown)"),
            "value": {"year": "2026", "month": "10", "day": ""},
            "required": True,
            "missing": missing(),
        },
        {
            "name": "SAEAWDTM",
            "kind": "datetime",
            "label": say("获知时间", "Aware of it on"),
            "required": True,
            "value": {"year": "2026", "month": "11", "day": "22", "time": "15:04"},
        },
        {
            "name": "HEIGHT",
            "kind": "decimal",
            "label": say("身高", "Height"),
            "unit": "cm",
            "range_text": "145–190",
            "value": "",
            "required": True,
            "missing": missing("ND", say("患者卧床，无法测量", "Bedridden, could not be measured")),
        },
        {
            "name": "AEGRH",
            "kind": "table",
            "label": say("分级变化", "Grade history"),
            "blank_rows": 1,
            "columns": [
                {"name": "DATE", "label": say("日期", "Date"), "kind": "date"},
                {
                    "name": "GRADE",
                    "label": say("分级", "Grade"),
                    "kind": "choice",
                    "options": [
                        {"value": str(g), "text": say(f"{g}级", f"Grade {g}")} for g in range(1, 6)
                    ],
                },
            ],
            "value": [{"DATE": "2026-11-20", "GRADE": "2"}],
        },
        {
            "name": "OMPHOTO",
            "kind": "file",
            "label": say("照片", "Photograph"),
            "accept": ".jpg,.png",
            "hint": say("须同意；不得含面部或眼部", "Only with consent; no face or eyes"),
        },
        {
            "name": "OMEVAL",
            "kind": "system",
            "label": say("评估者", "Assessor"),
            "value": say("李静（研究护士）", "Li Jing (research nurse)"),
        },
        {
            "name": "OMCOM",
            "kind": "longtext",
            "label": say("备注", "Comment"),
            "value": "a\n  b & <c>",
            "max_length": 500,
        },
    ]


def casebook() -> dict[str, Any]:
    """Return the visits and CRFs of one participant."""
    forms = ["SV", "IC", "DM", "IE", "HSCT", "INJ", "VS", "RAND", "OM", "AE", "RSP", "EOS"]
    visits = [("SCR", "筛选期", "Screening"), ("BL", "基线与随机", "Baseline and randomisation")]
    visits += [
        (f"DA{n:02}", f"第{n}天每日评估", f"Daily assessment, day {n}") for n in range(1, 15)
    ]
    visits += [
        ("V28", "第28天（主要终点）", "Day 28, primary endpoint"),
        ("FU60", "第60天", "Day 60"),
    ]
    states = ["complete", "signed", "complete", "queried", "started", "late", "due", "missed"]
    groups: list[dict[str, Any]] = []
    for index, (code, zh, en) in enumerate(visits):
        cells: list[dict[str, Any] | None] = []
        for column, form in enumerate(forms):
            daily = code.startswith("DA")
            if (daily and form not in ("SV", "OM")) or (not daily and (index + column) % 4 == 3):
                cells.append(None)
            elif index > 12:
                cells.append({"state": "not_due", "href": f"#{code}-{form}"})
            else:
                state = states[(index * 3 + column) % len(states)] if index > 8 else "complete"
                state = "queried" if (index, form) == (3, "OM") else state
                cells.append(
                    {
                        "state": state,
                        "href": f"#{code}-{form}",
                        "count": 2 if state == "queried" else None,
                    }
                )
        row = {
            "code": code,
            "text": say(zh, en),
            "days": f"2026-11-{index + 3:02}",
            "counts": [f"D{index}", f"T+{index + 6}"],
            "state": "late" if code == "DA09" else "done",
            "is_next": code == "DA10",
            "cells": cells,
        }
        if code == "DA01":
            groups.append({"group": daily_group(), "rows": []})
        if code in ("SCR", "V28"):
            groups.append({"rows": []})
        row["folds"] = code.startswith("DA") and code not in ("DA09", "DA10")
        groups[-1]["rows"].append(row)
    return {"columns": [{"code": f, "text": f} for f in forms], "groups": groups}


def daily_group() -> dict[str, Any]:
    """Return the folded row of the daily visits."""
    summary = {"state": "late", "mark": "9/14"}
    return {
        "code": "DA",
        "text": say("每日评估（第1–14天）", "Daily assessments, days 1 to 14"),
        "sub": say("共14次访视", "14 visits"),
        "is_open": False,
        "href": "#open",
        "cells": [summary if n in (0, 8) else None for n in range(12)],
    }


def gallery(**more: Any) -> str:
    """Draw the gallery."""
    return render_template(
        more.pop("page", "gallery.html"),
        say=say,
        in_groups=in_groups,
        fields=more.pop("fields", fields()),
        casebook=casebook(),
        chart=line_chart(
            [f"2025-{m:02}" for m in range(1, 13)] + [f"2026-{m:02}" for m in range(1, 13)],
            [
                1,
                3,
                4,
                8,
                11,
                13,
                19,
                24,
                28,
                35,
                41,
                44,
                49,
                57,
                60,
                68,
                73,
                77,
                84,
                90,
                93,
                None,
                None,
                None,
            ],
            [5 * n for n in range(1, 25)],
        ),
        flow=consort_flow(
            [
                {
                    "text": say("筛选", "Screened"),
                    "count": 148,
                    "href": "#screened",
                    "side": {
                        "text": say("未入组", "Not enrolled"),
                        "count": 24,
                        "href": "#out",
                        "reasons": [
                            {
                                "text": say("不符合入排标准", "Did not meet criteria"),
                                "count": 15,
                                "href": "#1",
                            },
                            {
                                "text": say("撤回知情同意", "Withdrew consent"),
                                "count": 5,
                                "href": "#2",
                            },
                            {
                                "text": say(
                                    "随机前损伤已愈合", "Injury healed before randomisation"
                                ),
                                "count": 4,
                                "href": "#3",
                            },
                        ],
                    },
                },
                {
                    "text": say("符合条件", "Eligible"),
                    "count": 124,
                    "href": "#eligible",
                    "side": {
                        "text": say("待随机", "Waiting for randomisation"),
                        "count": 4,
                        "href": "#wait",
                    },
                },
                {"text": say("已随机", "Randomised"), "count": 120, "href": "#randomised"},
            ],
            [
                [
                    {"text": say("标准治疗组", "Standard care"), "count": 60, "href": "#a"},
                    {
                        "text": say("完成研究", "Completed"),
                        "count": 52,
                        "reasons": [
                            {"text": say("失访", "Lost to follow-up"), "count": 5},
                            {"text": say("死亡", "Died"), "count": 3},
                        ],
                    },
                ],
                [
                    {
                        "text": say("标准治疗+MSC培养上清组", "Standard care + MSC supernatant"),
                        "count": 60,
                        "href": "#b",
                    },
                    {"text": say("完成研究", "Completed"), "count": 55},
                ],
            ],
        ),
        moment=MOMENT,
        **more,
    )


def create_gallery() -> Flask:
    """Build the little application that serves the gallery under the product's own policy."""
    app = Flask(__name__, static_folder=str(ROOT / "edc" / "static"), static_url_path="/static")
    app.jinja_loader = FileSystemLoader([ROOT / "templates", Path(__file__).parent / "pages"])
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "edc" / "translations")
    app.secret_key = "gallery"
    Babel(app, locale_selector=language)
    kit.register(app)
    app.jinja_env.globals.update(
        static_url=lambda path: f"/static/{path}", csrf_token=lambda: "token-of-the-gallery"
    )

    @app.context_processor
    def frame() -> dict[str, Any]:
        tag = "zh-CN" if language() == "zh" else "en"
        return {
            "current_language": tag,
            "study_name": say(
                "间充质干细胞上清治疗血液病患者黏膜损伤研究",
                "MSC supernatant for mucosal injury in haematology",
            ),
            "person": {"name": say("李静", "Li Jing"), "role": say("研究护士", "Research nurse")},
            "is_demo": True,
            "navigation": [
                {
                    "text": say("参与者", "Participants"),
                    "href": "/?lang=" + language(),
                    "current": True,
                },
                {"text": say("质疑", "Queries"), "href": "#queries", "current": False},
                {"text": say("入组进度", "Enrolment"), "href": "#enrolment", "current": False},
                {"text": say("稽查轨迹", "Audit trail"), "href": "#audit", "current": False},
            ],
            "breadcrumbs": [
                {"text": say("参与者", "Participants"), "href": "#list"},
                {"text": "01-023", "href": "#subject"},
                {"text": say("口腔黏膜炎评估", "Oral mucositis assessment")},
            ],
            "keeps_input_form": "crf",
            "page_time": kit.shanghai(MOMENT),
            "version": "0.1.0",
            "home_url": "/?lang=" + language(),
            "idle": {
                "warn_after": int(request.args.get("warn", "840")),
                "end_after": int(request.args.get("end", "900")),
                "ping_url": "/ping",
                "end_url": "/ended",
            },
        }

    @app.get("/")
    def show() -> str:
        return gallery()

    @app.get("/overview")
    def overview() -> str:
        return gallery(page="overview.html", width="wide", keeps_input_form=None)

    @app.post("/")
    def save() -> str:
        typed = [
            {**f, "value": request.form.get(f["name"], "")}
            if isinstance(f.get("value", ""), str)
            else f
            for f in fields()
        ]
        return gallery(fields=typed)

    @app.post("/language")
    def change() -> Any:
        return redirect("/?lang=" + request.form["_language"])

    @app.post("/preview")
    def preview() -> Response:
        return jsonify({"values": {"OMERYM": "0.67"}, "hidden": []})

    @app.post("/draft")
    def draft() -> tuple[str, int]:
        return "", 204

    @app.post("/ping")
    def ping() -> tuple[str, int]:
        return "", 204

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app


if __name__ == "__main__":
    create_gallery().run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8765)
