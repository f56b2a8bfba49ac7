"""Code lists of the assessment of the mouth and of adverse events, with their grades in full."""

from __future__ import annotations

from edc.study.codelists import CodeList

WHOOM = CodeList.of(
    "WHOOM",
    "sponsor",
    ("0", "0 No finding", "0级 无异常"),
    ("1", "1 Soreness with or without redness, no ulcer", "1级 疼痛±红斑，无溃疡"),
    ("2", "2 Ulcer, solid food still eaten", "2级 有溃疡，可进固体食物"),
    ("3", "3 Ulcer, liquids only", "3级 有溃疡，仅能进流质"),
    ("4", "4 Feeding by mouth impossible", "4级 无法经口进食"),
)

OMERY = CodeList.of(
    "OMERY",
    "sponsor",
    ("0", "0 None", "0 无"),
    ("1", "1 Not severe", "1 轻中度"),
    ("2", "2 Severe", "2 重度"),
    ("9", "Not assessable", "无法评估"),
)

OMULC = CodeList.of(
    "OMULC",
    "sponsor",
    ("0", "0 None", "0 无"),
    ("1", "1 Under 1 cm2", "1 <1 cm²"),
    ("2", "2 1 to 3 cm2", "2 1–3 cm²"),
    ("3", "3 Over 3 cm2", "3 >3 cm²"),
    ("9", "Not assessable", "无法评估"),
)

DIET = CodeList.of(
    "DIET",
    "sponsor",
    ("SOL", "Normal solid food", "普食"),
    ("SOFT", "Soft or modified solid food", "软食/半流质"),
    ("LIQ", "Liquids only", "流质"),
    ("NPO", "Nothing by mouth", "不能经口进食"),
)

DIETRS = CodeList.of(
    "DIETRS",
    "sponsor",
    ("OM", "Oral mucositis", "口腔黏膜炎"),
    ("NV", "Nausea or vomiting", "恶心呕吐"),
    ("GI", "Gut GVHD or other gut disease", "肠道GVHD或其他胃肠疾病"),
    ("NPO", "Ordered for another reason", "因其他原因禁食"),
    ("SED", "Sedation or intubation", "镇静/插管"),
    ("CHO", "Own choice or taste", "个人意愿/味觉改变"),
)

OPIRT = CodeList.of(
    "OPIRT",
    "sponsor",
    ("IV", "Intravenous", "静脉"),
    ("PCA", "Patient-controlled analgesia", "自控镇痛"),
    ("TD", "Transdermal", "透皮贴剂"),
    ("PO", "Oral", "口服"),
    ("SC", "Subcutaneous", "皮下"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

BLEED = CodeList.of(
    "BLEED",
    "sponsor",
    ("0", "None", "无"),
    ("1", "On contact", "触碰出血"),
    ("2", "Spontaneous", "自发出血"),
    ("3", "Needs intervention", "需干预止血"),
)

CTCAE15 = CodeList.of(
    "CTCAE15",
    "C66784 (TOXGR)",
    ("1", "Grade 1 mild", "1级 轻度"),
    ("2", "Grade 2 moderate", "2级 中度"),
    ("3", "Grade 3 severe", "3级 重度"),
    ("4", "Grade 4 life-threatening", "4级 危及生命"),
    ("5", "Grade 5 death", "5级 死亡"),
)

AEREL = CodeList.of(
    "AEREL",
    "sponsor (5 levels, usual in China)",
    ("DEF", "Definitely related", "肯定有关"),
    ("PROB", "Probably related", "很可能有关"),
    ("POSS", "Possibly related", "可能有关"),
    ("UNLK", "Unlikely related", "可能无关"),
    ("NOT", "Not related", "肯定无关"),
    ("NA", "Not applicable (control arm, no product given)", "不适用（对照组，未用研究制品）"),
)

ACN = CodeList.of(
    "ACN",
    "C66767 (ACN)",
    ("DOSE NOT CHANGED", "Dose not changed", "剂量不变"),
    ("DOSE REDUCED", "Dose reduced", "减量"),
    ("DRUG INTERRUPTED", "Interrupted", "暂停给药"),
    ("DRUG WITHDRAWN", "Permanently stopped", "永久停药"),
    ("NOT APPLICABLE", "Not applicable", "不适用"),
    ("UNKNOWN", "Unknown", "不详"),
)

AEOUT = CodeList.of(
    "AEOUT",
    "C66768 (OUT)",
    ("RECOVERED/RESOLVED", "Recovered", "痊愈"),
    ("RECOVERING/RESOLVING", "Recovering", "好转"),
    ("NOT RECOVERED/NOT RESOLVED", "Not recovered", "未好转"),
    ("RECOVERED/RESOLVED WITH SEQUELAE", "Recovered with sequelae", "痊愈有后遗症"),
    ("FATAL", "Fatal", "死亡"),
    ("UNKNOWN", "Unknown", "不详"),
)
