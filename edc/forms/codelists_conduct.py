"""Code lists of safety reports, deviations, death and the end of treatment."""

from __future__ import annotations

from edc.study.codelists import CodeList

SAETYPE = CodeList.of(
    "SAETYPE",
    "sponsor",
    ("INIT", "Initial", "首次报告"),
    ("FUP", "Follow-up", "随访报告"),
    ("FINAL", "Final", "总结报告"),
)

QUALIF = CodeList.of(
    "QUALIF",
    "ICH E2B(R3) C.2.r.4",
    ("1", "Physician", "医师"),
    ("2", "Pharmacist", "药师"),
    ("3", "Other health professional", "其他医务人员"),
    ("4", "Lawyer", "律师"),
    ("5", "Consumer", "消费者"),
)

EXPECT = CodeList.of(
    "EXPECT",
    "sponsor",
    ("EXP", "Expected", "预期"),
    ("UNEXP", "Unexpected", "非预期"),
    ("NA", "Not assessed", "未评估"),
)

E2BACN = CodeList.of(
    "E2BACN",
    "ICH E2B(R3) G.k.8",
    ("1", "Drug withdrawn", "停药"),
    ("2", "Dose reduced", "减量"),
    ("3", "Dose increased", "增量"),
    ("4", "Dose not changed", "剂量不变"),
    ("0", "Unknown", "不详"),
    ("9", "Not applicable", "不适用"),
)

E2BOUT = CodeList.of(
    "E2BOUT",
    "ICH E2B(R3) E.i.7",
    ("1", "Recovered", "痊愈"),
    ("2", "Recovering", "好转"),
    ("3", "Not recovered", "未好转"),
    ("4", "Recovered with sequelae", "痊愈有后遗症"),
    ("5", "Fatal", "死亡"),
    ("0", "Unknown", "不详"),
)

PREGOUT = CodeList.of(
    "PREGOUT",
    "sponsor",
    ("ONGO", "Ongoing", "妊娠继续"),
    ("LIVE", "Live birth", "活产"),
    ("STILL", "Stillbirth", "死产"),
    ("SPAB", "Spontaneous abortion", "自然流产"),
    ("INAB", "Induced abortion", "人工流产"),
    ("ECT", "Ectopic", "异位妊娠"),
    ("UNK", "Unknown", "不详"),
)

DTHCAUS = CodeList.of(
    "DTHCAUS",
    "sponsor",
    ("REL", "Relapse or progression of disease", "原发病复发/进展"),
    ("INF", "Infection", "感染"),
    ("AGV", "Acute GVHD", "急性GVHD"),
    ("CGV", "Chronic GVHD", "慢性GVHD"),
    ("GF", "Graft failure", "植入失败"),
    ("SOS", "SOS/VOD", "肝窦阻塞综合征"),
    ("TMA", "Thrombotic microangiopathy", "血栓性微血管病"),
    ("HEM", "Haemorrhage", "出血"),
    ("ORG", "Organ failure", "器官衰竭"),
    ("PROD", "Study product", "研究制品"),
    ("OTH", "Other, specify", "其他（请注明）"),
    ("UNK", "Unknown", "不详"),
)

DVCAT = CodeList.of(
    "DVCAT",
    "sponsor",
    ("CONS", "Consent", "知情同意"),
    ("ELIG", "Eligibility", "入排标准"),
    ("RAND", "Randomisation or blinding", "随机/盲法"),
    ("TRT", "Treatment given", "研究治疗"),
    ("VISIT", "Visit or procedure timing", "访视/检查超窗"),
    ("PROC", "Procedure missed", "漏做检查"),
    ("CM", "Prohibited medication", "禁用合并用药"),
    ("SAFE", "Safety reporting", "安全性报告"),
    ("PROD", "Product handling or temperature", "制品管理/温度"),
    ("PRIV", "Privacy or confidentiality", "隐私保密"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

DVSEV = CodeList.of(
    "DVSEV",
    "sponsor",
    ("MIN", "Minor", "轻微"),
    ("MAJ", "Major (important)", "重要"),
    ("CRIT", "Critical", "严重"),
)

EOTREAS = CodeList.of(
    "EOTREAS",
    "C66727 (NCOMPLT) subset",
    ("COMP", "Completed planned course", "完成计划疗程"),
    ("HEAL", "Injury healed", "损伤愈合"),
    ("AE", "Adverse event", "不良事件"),
    ("LOE", "No benefit or worsening", "疗效不佳/加重"),
    ("WBS", "Participant withdrew", "受试者退出"),
    ("PHYS", "Physician decision", "研究者决定"),
    ("PREG", "Pregnancy", "妊娠"),
    ("PD", "Protocol deviation", "方案偏离"),
    ("REL", "Relapse needing other therapy", "复发需其他治疗"),
    ("DEATH", "Death", "死亡"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

UBREAS = CodeList.of(
    "UBREAS",
    "sponsor",
    ("SAFE", "Participant safety", "受试者安全需要"),
    ("PREG", "Pregnancy", "妊娠"),
    ("SUSAR", "SUSAR assessment", "SUSAR评估"),
    ("ACC", "Accidental disclosure", "意外泄露"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

UNSREAS = CodeList.of(
    "UNSREAS",
    "sponsor",
    ("AE", "Adverse event", "不良事件"),
    ("WORS", "Injury worse or back", "损伤加重/复发"),
    ("LAB", "Repeat of a test", "复查"),
    ("REQ", "Participant request", "受试者要求"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

UNSFORM = CodeList.of(
    "UNSFORM",
    "sponsor",
    ("VS", "Vital signs and performance status", "生命体征与体能状态"),
    ("PE", "Physical examination", "体格检查"),
    ("LB", "Laboratory", "实验室检查"),
    ("OM", "Oral mucositis assessment", "口腔黏膜炎评估"),
    ("SK", "Skin injury assessment", "皮肤损伤评估"),
    ("BC", "Bladder injury assessment", "膀胱损伤（出血性膀胱炎）评估"),
    ("GVHD", "GVHD assessment", "GVHD评估"),
    ("RSP", "Response and follow-up", "疗效与随访"),
    ("INF", "Infection", "感染事件"),
    ("PREGT", "Pregnancy test", "妊娠试验"),
    ("CV", "Heart tests", "心脏检查"),
)
