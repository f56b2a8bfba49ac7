"""Code lists of the blood disease and the transplant."""

from __future__ import annotations

from edc.study.codelists import CodeList

DX = CodeList.of(
    "DX",
    "sponsor",
    ("AML", "Acute myeloid leukaemia", "急性髓系白血病"),
    ("ALL", "Acute lymphoblastic leukaemia", "急性淋巴细胞白血病"),
    ("MPAL", "Mixed-phenotype acute leukaemia", "混合表型急性白血病"),
    ("MDS", "Myelodysplastic neoplasm", "骨髓增生异常综合征"),
    ("MDSMPN", "MDS/MPN overlap (incl. CMML)", "MDS/MPN重叠（含CMML）"),
    ("MPN", "Myeloproliferative neoplasm", "骨髓增殖性肿瘤"),
    ("CML", "Chronic myeloid leukaemia", "慢性髓系白血病"),
    ("CLL", "Chronic lymphocytic leukaemia", "慢性淋巴细胞白血病"),
    ("NHL", "Non-Hodgkin lymphoma", "非霍奇金淋巴瘤"),
    ("HL", "Hodgkin lymphoma", "霍奇金淋巴瘤"),
    ("MM", "Multiple myeloma", "多发性骨髓瘤"),
    ("AA", "Aplastic anaemia", "再生障碍性贫血"),
    ("PNH", "Paroxysmal nocturnal haemoglobinuria", "阵发性睡眠性血红蛋白尿症"),
    ("THAL", "Thalassaemia", "地中海贫血"),
    ("HLH", "Haemophagocytic lymphohistiocytosis", "噬血细胞性淋巴组织细胞增多症"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

DXSTAT = CodeList.of(
    "DXSTAT",
    "sponsor",
    ("CR1", "First complete remission", "第一次完全缓解（CR1）"),
    ("CR2", "Second complete remission", "第二次完全缓解（CR2）"),
    ("CR3", "Third or later complete remission", "第三次及以上完全缓解（≥CR3）"),
    ("PR", "Partial remission", "部分缓解"),
    ("NR", "No remission or stable disease", "未缓解/疾病稳定"),
    ("PD", "Relapse or progression", "复发/进展"),
    ("NM", "Non-malignant disease", "非恶性疾病"),
)

HCTTYP = CodeList.of(
    "HCTTYP",
    "sponsor",
    ("AUTO", "Autologous", "自体移植"),
    ("ALLO", "Allogeneic", "异基因移植"),
    ("SYN", "Syngeneic (identical twin)", "同基因移植（同卵双生）"),
)

DONTYP = CodeList.of(
    "DONTYP",
    "sponsor",
    ("AUTO", "Self (autologous)", "自体"),
    ("MSD", "HLA-matched sibling", "HLA全合同胞"),
    ("MRD", "Other HLA-matched relative", "其他全合亲缘供者"),
    ("HAPLO", "Haploidentical relative", "单倍体相合亲缘供者"),
    ("MUD", "Matched unrelated (10/10)", "无关全合供者（10/10）"),
    ("MMUD", "Mismatched unrelated", "无关不全合供者"),
    ("CBU", "Unrelated cord blood", "无关脐血"),
    ("TWIN", "Identical twin", "同卵双生"),
)

HLAM = CodeList.of(
    "HLAM",
    "sponsor",
    ("M10", "10/10", "10/10"),
    ("M9", "9/10", "9/10"),
    ("M8", "8/10", "8/10"),
    ("M7", "7/10", "7/10"),
    ("M6", "6/10", "6/10"),
    ("M5", "5/10", "5/10"),
    ("CB6", "Cord blood 4-6/6", "脐血4–6/6"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

HCTSRC = CodeList.of(
    "HCTSRC",
    "sponsor",
    ("PB", "Peripheral blood", "外周血干细胞"),
    ("BM", "Bone marrow", "骨髓"),
    ("PBBM", "Peripheral blood + bone marrow", "外周血+骨髓"),
    ("CB", "Cord blood", "脐血"),
    ("PBCB", "Peripheral blood + cord blood", "外周血+脐血"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

COND = CodeList.of(
    "COND",
    "sponsor",
    ("MAC", "Myeloablative", "清髓"),
    ("RIC", "Reduced intensity", "减低强度"),
    ("NMA", "Non-myeloablative", "非清髓"),
    ("HDT", "High-dose therapy (autologous)", "大剂量化疗（自体）"),
)

CONDREG = CodeList.of(
    "CONDREG",
    "sponsor",
    ("BUCY", "Bu/Cy", "Bu/Cy"),
    ("MBUCY", "Modified Bu/Cy (+Ara-C, Me-CCNU)", "改良Bu/Cy（+Ara-C、Me-CCNU）"),
    ("FLUBU", "Flu/Bu", "Flu/Bu"),
    ("TBICY", "TBI/Cy", "TBI/Cy"),
    ("TBIVP", "TBI/VP16", "TBI/VP16"),
    ("FLUMEL", "Flu/Mel", "Flu/Mel"),
    ("FLUCY", "Flu/Cy (+ATG)", "Flu/Cy（+ATG）"),
    ("FLAMSA", "FLAMSA-type sequential", "FLAMSA类序贯方案"),
    ("TBF", "Thiotepa/Bu/Flu", "TBF（塞替派/Bu/Flu）"),
    ("BEAM", "BEAM", "BEAM"),
    ("CEAM", "CEAM or SEAM", "CEAM/SEAM"),
    ("CBV", "CBV", "CBV"),
    ("MEL200", "Melphalan 200 mg/m2", "美法仑200 mg/m²"),
    ("MEL140", "Melphalan 140 mg/m2", "美法仑140 mg/m²"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

GVHDPRO = CodeList.of(
    "GVHDPRO",
    "sponsor",
    ("CSA", "Ciclosporin", "环孢素"),
    ("TAC", "Tacrolimus", "他克莫司"),
    ("MTX", "Methotrexate", "甲氨蝶呤"),
    ("MMF", "Mycophenolate mofetil", "吗替麦考酚酯"),
    ("ATG", "Anti-thymocyte globulin", "抗胸腺细胞球蛋白"),
    ("PTCY", "Post-transplant cyclophosphamide", "移植后环磷酰胺"),
    ("SIRO", "Sirolimus", "西罗莫司"),
    ("RUX", "Ruxolitinib", "芦可替尼"),
    ("BAS", "Basiliximab", "巴利昔单抗"),
    ("NONE", "None", "无"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

SERO = CodeList.of(
    "SERO",
    "sponsor",
    ("NN", "D-/R-", "D−/R−"),
    ("NP", "D-/R+", "D−/R+"),
    ("PN", "D+/R-", "D+/R−"),
    ("PP", "D+/R+", "D+/R+"),
    ("U", "Unknown", "不详"),
)
