"""Code lists of laboratory results and infections."""

from __future__ import annotations

from edc.study.codelists import CodeList

POSNEG = CodeList.of(
    "POSNEG",
    "sponsor",
    ("NEG", "Negative", "阴性"),
    ("POS", "Positive", "阳性"),
    ("IND", "Indeterminate", "不确定"),
    ("ND", "Not done", "未做"),
)

PREGR = CodeList.of(
    "PREGR",
    "sponsor",
    ("NEG", "Negative", "阴性"),
    ("POS", "Positive", "阳性"),
    ("IND", "Indeterminate, repeat", "可疑，需复查"),
)

BLQ = CodeList.of(
    "BLQ",
    "sponsor",
    ("LT", "Below the detection limit", "低于检测下限"),
    ("EQ", "Measured", "有实测值"),
)

LBQ = CodeList.of(
    "LBQ",
    "sponsor",
    ("LT", "Below (<)", "低于检测下限（<）"),
    ("GT", "Above (>)", "高于检测上限（>）"),
)

NRIND = CodeList.of(
    "NRIND",
    "C78736 (NRIND)",
    ("LOW", "Low", "偏低"),
    ("NORMAL", "Normal", "正常"),
    ("HIGH", "High", "偏高"),
)

UPROT = CodeList.of(
    "UPROT",
    "sponsor",
    ("NEG", "Negative", "阴性"),
    ("TRACE", "Trace (+/-)", "微量（±）"),
    ("1+", "1+", "1+"),
    ("2+", "2+", "2+"),
    ("3+", "3+", "3+"),
    ("4+", "4+", "4+"),
)

NITRITE = CodeList.of(
    "NITRITE",
    "sponsor",
    ("NEG", "Negative", "阴性"),
    ("POS", "Positive", "阳性"),
)

INFTYPE = CodeList.of(
    "INFTYPE",
    "sponsor",
    ("BAC", "Bacterial", "细菌"),
    ("FUN", "Fungal", "真菌"),
    ("VIR", "Viral", "病毒"),
    ("PJP", "Pneumocystis", "肺孢子菌"),
    ("TB", "Mycobacterial", "分枝杆菌"),
    ("UNK", "Clinical, no organism", "临床诊断无病原"),
)

INFSITE = CodeList.of(
    "INFSITE",
    "sponsor",
    ("BSI", "Bloodstream", "血流"),
    ("LUNG", "Lung", "肺部"),
    ("ORAL", "Oral", "口腔"),
    ("GI", "Gut", "肠道"),
    ("URIN", "Urinary", "泌尿系"),
    ("SKIN", "Skin or soft tissue", "皮肤软组织"),
    ("CNS", "Central nervous system", "中枢神经系统"),
    ("CVC", "Catheter", "导管相关"),
    ("SINUS", "Sinus", "鼻窦"),
    ("DISS", "Disseminated", "播散性"),
    ("OTH", "Other, specify", "其他（请注明）"),
)
