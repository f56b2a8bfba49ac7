"""Code lists of visits, consent, eligibility, vital signs, response and the end of study."""

from __future__ import annotations

from edc.study.codelists import CodeList

NY = CodeList.of(
    "NY",
    "C66742 (NY)",
    ("Y", "Yes", "是"),
    ("N", "No", "否"),
)

NYU = CodeList.of(
    "NYU",
    "C66742 (NY) + U",
    ("Y", "Yes", "是"),
    ("N", "No", "否"),
    ("U", "Unknown", "不详"),
)

SEX = CodeList.of(
    "SEX",
    "C66731 (SEX)",
    ("M", "Male", "男"),
    ("F", "Female", "女"),
)

CHILDPOT = CodeList.of(
    "CHILDPOT",
    "sponsor",
    ("Y", "Of childbearing potential", "有生育能力"),
    ("POST", "Post-menopausal (12 months or more)", "绝经（≥12个月）"),
    ("STER", "Surgically sterile", "手术绝育"),
    (
        "PREM",
        "Premature ovarian failure (after chemotherapy or conditioning)",
        "卵巢功能早衰（放化疗后）",
    ),
    ("NA", "Not applicable (male)", "不适用（男性）"),
)

ETHCN = CodeList.of(
    "ETHCN",
    "sponsor (GB/T 3304)",
    ("HAN", "Han", "汉族"),
    ("ZANG", "Tibetan", "藏族"),
    ("YI", "Yi", "彝族"),
    ("QIANG", "Qiang", "羌族"),
    ("HUI", "Hui", "回族"),
    ("MIAO", "Miao", "苗族"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

SIGNER = CodeList.of(
    "SIGNER",
    "sponsor",
    ("PT", "Participant", "受试者本人"),
    ("LAR", "Legally acceptable representative", "监护人/法定代理人"),
    ("PTW", "Participant, with impartial witness", "受试者本人（公正见证人见证）"),
)

LARREL = CodeList.of(
    "LARREL",
    "sponsor",
    ("SPOUSE", "Spouse", "配偶"),
    ("PARENT", "Parent", "父母"),
    ("CHILD", "Adult child", "成年子女"),
    ("SIB", "Sibling", "兄弟姐妹"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

RECON = CodeList.of(
    "RECON",
    "sponsor",
    ("INIT", "Initial consent", "首次知情同意"),
    ("NEWVER", "Re-consent, new version", "新版本再次知情同意"),
    ("CAPAC", "Re-consent, capacity regained", "恢复行为能力后再次知情同意"),
    ("WD", "Withdrawal of consent", "撤回知情同意"),
)

ICWD = CodeList.of(
    "ICWD",
    "sponsor",
    ("TRT", "Withdraws from treatment, follow-up continues", "退出治疗，继续随访"),
    ("ALL", "Withdraws from all study procedures", "退出全部研究程序"),
    ("DATA", "Withdraws and objects to further data use", "退出并拒绝继续使用数据"),
)

SFREAS = CodeList.of(
    "SFREAS",
    "sponsor",
    ("IE", "Did not meet criteria", "不符合入排标准"),
    ("WBC", "Withdrew consent", "撤回知情同意"),
    ("PHYS", "Physician decision", "研究者决定"),
    ("DEATH", "Died before randomisation", "随机前死亡"),
    ("HEAL", "Injury healed before randomisation", "随机前损伤已愈合"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

INJSITE = CodeList.of(
    "INJSITE",
    "sponsor",
    ("ORAL", "Oral mucosa", "口腔黏膜"),
    ("SKIN", "Skin", "皮肤"),
    ("BLAD", "Bladder", "膀胱"),
)

INJCAUSE = CodeList.of(
    "INJCAUSE",
    "sponsor",
    ("COND", "Conditioning chemotherapy", "预处理化疗"),
    ("CHEMO", "Other chemotherapy (incl. methotrexate)", "其他化疗（含甲氨蝶呤）"),
    ("RT", "Radiotherapy or TBI", "放疗/全身照射"),
    ("AGVHD", "Acute GVHD", "急性GVHD"),
    ("CGVHD", "Chronic GVHD", "慢性GVHD"),
    ("BKV", "BK virus", "BK病毒"),
    ("OVIR", "Other virus (CMV, adenovirus, HSV)", "其他病毒（CMV、腺病毒、HSV）"),
    ("EXTRAV", "Extravasation", "药物外渗"),
    ("PRESS", "Pressure or moisture", "压力性/潮湿相关"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

ECOG = CodeList.of(
    "ECOG",
    "sponsor",
    ("0", "0 Fully active", "0 活动能力完全正常"),
    ("1", "1 Restricted in heavy activity", "1 重体力活动受限"),
    ("2", "2 Self-care, up more than half the day", "2 生活自理，卧床<50%"),
    ("3", "3 Limited self-care, in bed more than half the day", "3 部分自理，卧床>50%"),
    ("4", "4 Completely disabled", "4 完全卧床"),
    ("5", "5 Dead", "5 死亡"),
)

VISSTAT = CodeList.of(
    "VISSTAT",
    "sponsor",
    ("DONE", "Done", "已完成"),
    ("MISS", "Missed", "漏访"),
    ("NOTDUE", "Not due", "未到期"),
)

ASSLOC = CodeList.of(
    "ASSLOC",
    "sponsor",
    ("IPD", "Ward", "住院"),
    ("OPD", "Clinic", "门诊"),
    ("HOME", "Home visit", "家访"),
    ("VID", "Video call", "视频"),
    ("TEL", "Telephone", "电话"),
)

VISMISS = CodeList.of(
    "VISMISS",
    "sponsor",
    ("REF", "Refused", "拒绝"),
    ("ILL", "Too ill", "病情过重"),
    ("TRAV", "Could not travel", "无法到院"),
    ("LTFU", "Not reached", "联系不上"),
    ("STAFF", "Site reason", "中心原因"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

ARM = CodeList.of(
    "ARM",
    "sponsor (ARMCD)",
    ("SOC", "Standard care", "标准治疗组"),
    ("MSC", "Standard care + MSC culture supernatant", "标准治疗+MSC培养上清组"),
)

RSTAT = CodeList.of(
    "RSTAT",
    "sponsor",
    ("ALLOC", "Allocated", "已分配"),
    ("HOLD", "On hold, data check failed", "暂停（核查未通过）"),
)

RESP = CodeList.of(
    "RESP",
    "sponsor",
    ("CR", "Complete response", "完全缓解（愈合）"),
    ("PR", "Partial response", "部分缓解"),
    ("NR", "No response", "无效"),
    ("PD", "Worsening", "加重"),
    ("NE", "Not evaluable", "无法评估"),
)

RELST = CodeList.of(
    "RELST",
    "sponsor",
    ("REM", "In remission", "缓解"),
    ("MRD", "MRD positive", "MRD阳性"),
    ("PERS", "Not in remission (persistent disease)", "未缓解（疾病持续）"),
    ("REL", "Relapsed", "复发"),
    ("NM", "Not applicable", "不适用"),
)

EOSREAS = CodeList.of(
    "EOSREAS",
    "C66727 (NCOMPLT) subset",
    ("COMPLETED", "Completed", "完成研究"),
    ("DEATH", "Death", "死亡"),
    ("LTFU", "Lost to follow-up", "失访"),
    ("WBS", "Withdrawal by participant", "受试者撤回同意"),
    ("PHYS", "Physician decision", "研究者决定"),
    ("SPON", "Study stopped by sponsor", "申办者终止研究"),
    ("SF", "Screen failure", "筛选失败"),
    ("OTH", "Other, specify", "其他（请注明）"),
)
