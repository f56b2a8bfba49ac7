"""Code lists of the product, standard care, medicines and transfusions."""

from __future__ import annotations

from edc.study.codelists import CodeList

ROUTE = CodeList.of(
    "ROUTE",
    "C66729 (ROUTE), ORAL RINSE maps to OROPHARYNGEAL",
    ("ORAL RINSE", "Mouth rinse (held and spat out)", "含漱（含后吐出）"),
    ("TOPICAL", "Topical", "外用"),
    ("INTRAVESICAL", "Intravesical instillation", "膀胱灌注"),
)

NOTGIV = CodeList.of(
    "NOTGIV",
    "sponsor",
    ("AE", "Adverse event", "不良事件"),
    ("REF", "Participant refused", "受试者拒绝"),
    ("HEAL", "Injury healed", "损伤已愈合"),
    ("SUPPLY", "Product not available", "制品缺货"),
    ("TEMP", "Temperature excursion", "温度超标"),
    ("QC", "Batch not released", "批次未放行"),
    ("OUT", "Discharged or away", "出院/外出"),
    ("PHYS", "Physician decision", "研究者决定"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

PRETOL = CodeList.of(
    "PRETOL",
    "sponsor",
    ("SPIT", "Spat out", "吐出"),
    ("SWAL", "Swallowed some", "部分咽下"),
    ("RET", "Kept in the bladder full time", "膀胱保留足时"),
    ("EARL", "Passed early", "提前排出"),
    ("ABS", "Absorbed or dried", "已吸收/干燥"),
)

DOSADJ = CodeList.of(
    "DOSADJ",
    "sponsor",
    ("NONE", "As planned", "按计划"),
    ("RED", "Reduced", "减量"),
    ("INC", "Increased", "增量"),
    ("INT", "Interrupted", "中断"),
    ("STOP", "Stopped early", "提前停止"),
)

PRODUCT = CodeList.of(
    "PRODUCT",
    "sponsor",
    ("MSC CULTURE SUPERNATANT", "MSC culture supernatant", "MSC培养上清"),
)

PRODST = CodeList.of(
    "PRODST",
    "sponsor",
    ("QUAR", "Quarantined", "待检"),
    ("REL", "Released", "放行"),
    ("REJ", "Rejected", "不合格"),
    ("EXP", "Expired", "过期"),
    ("RECALL", "Recalled", "召回"),
)

STORE = CodeList.of(
    "STORE",
    "sponsor",
    ("C2_8", "2 to 8 C", "2–8 ℃"),
    ("M20", "-20 C", "−20 ℃"),
    ("M80", "-80 C", "−80 ℃"),
    ("LN2", "Liquid nitrogen", "液氮"),
    ("DRY", "Freeze-dried, room temperature", "冻干常温"),
)

STCTYPE = CodeList.of(
    "STCTYPE",
    "sponsor",
    ("RINSE", "Saline or bicarbonate rinse", "生理盐水/碳酸氢钠漱口"),
    ("CHX", "Chlorhexidine rinse", "氯己定漱口"),
    ("KANG", "Kangfuxin solution", "康复新液"),
    ("EGF", "Recombinant EGF", "重组人表皮生长因子"),
    ("GMCSF", "GM-CSF rinse or gel", "GM-CSF含漱/凝胶"),
    ("CRYO", "Oral cryotherapy", "口腔冷疗"),
    ("PBM", "Photobiomodulation (low-level laser)", "光生物调节（低能量激光）"),
    ("LIDO", "Topical anaesthetic", "局部麻醉剂"),
    ("ANTIF", "Antifungal rinse", "抗真菌漱口"),
    ("DRESS", "Wound dressing", "创面敷料"),
    ("SSD", "Silver sulfadiazine or other topical antibacterial", "磺胺嘧啶银等外用抗菌药"),
    ("STER", "Topical steroid", "外用糖皮质激素"),
    ("HYDR", "Hyperhydration and alkalinisation", "水化碱化"),
    ("MESNA", "Mesna", "美司钠"),
    ("CBI", "Continuous bladder irrigation", "持续膀胱冲洗"),
    ("HA", "Intravesical hyaluronate", "膀胱灌注透明质酸钠"),
    ("CIDO", "Cidofovir", "西多福韦"),
    ("HBO", "Hyperbaric oxygen", "高压氧"),
    ("NUTR", "Nutrition support", "营养支持"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

FREQ = CodeList.of(
    "FREQ",
    "C71113 (FREQ)",
    ("QD", "Once a day", "每日1次"),
    ("BID", "Twice a day", "每日2次"),
    ("TID", "Three times a day", "每日3次"),
    ("QID", "Four times a day", "每日4次"),
    ("QOD", "Every other day", "隔日1次"),
    ("QW", "Once a week", "每周1次"),
    ("PRN", "As needed", "必要时"),
    ("ONCE", "Once", "单次"),
    ("CONT", "Continuous", "持续"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

CMCAT = CodeList.of(
    "CMCAT",
    "sponsor",
    ("CON", "Concomitant medication", "合并用药"),
    ("PRIOR", "Prior medication", "既往用药"),
    ("COND", "Conditioning", "预处理"),
    ("GVHDP", "GVHD prophylaxis", "GVHD预防"),
    ("GVHDT", "GVHD treatment", "GVHD治疗"),
    ("AINF", "Anti-infective", "抗感染"),
    ("ANAL", "Analgesic", "镇痛"),
    ("NUT", "Nutrition", "营养"),
    ("GF", "Growth factor", "造血生长因子"),
    ("TRANS", "Transfusion", "输血"),
    ("RESC", "Rescue treatment for the injury", "损伤补救治疗"),
)

CMROUTE = CodeList.of(
    "CMROUTE",
    "C66729 (ROUTE)",
    ("ORAL", "Oral", "口服"),
    ("IV", "Intravenous", "静脉"),
    ("IM", "Intramuscular", "肌内"),
    ("SC", "Subcutaneous", "皮下"),
    ("TOP", "Topical", "外用"),
    ("RINSE", "Rinse", "含漱"),
    ("INH", "Inhaled", "吸入"),
    ("TD", "Transdermal", "透皮"),
    ("IVES", "Intravesical", "膀胱灌注"),
    ("RECT", "Rectal", "直肠"),
    ("OPH", "Ophthalmic", "眼用"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

INDIC = CodeList.of(
    "INDIC",
    "sponsor",
    ("AE", "Adverse event", "不良事件"),
    ("MH", "Medical history", "病史"),
    ("PROPH", "Prophylaxis", "预防"),
    ("INJ", "Study injury", "研究损伤"),
    ("DIS", "Underlying disease", "原发病"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

BLOOD = CodeList.of(
    "BLOOD",
    "sponsor",
    ("RBC", "Red cells", "红细胞"),
    ("PLT", "Platelets", "血小板"),
    ("FFP", "Plasma", "血浆"),
    ("CRYO", "Cryoprecipitate", "冷沉淀"),
    ("GRAN", "Granulocytes", "粒细胞"),
)
