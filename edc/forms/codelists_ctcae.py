"""CTCAE v5.0's own wording of each grade, for the terms in which injured sites are graded.

The English is the dictionary's, word by word (Common Terminology Criteria for Adverse Events v5.0,
US Department of Health and Human Services, National Institutes of Health, National Cancer
Institute, 27 November 2017); the Chinese is a working translation that the investigators approve.
Grade 0 is not CTCAE's: it says that there is no such finding.
"""

from __future__ import annotations

from edc.study.codelists import CodeList

CTCOM = CodeList.of(
    "CTCOM",
    "CTCAE v5.0 Mucositis oral",
    ("0", "0 Absent", "0级 无"),
    (
        "1",
        "1 Asymptomatic or mild symptoms; intervention not indicated",
        "1级 无症状或症状轻微；无需干预",
    ),
    (
        "2",
        (
            "2 Moderate pain or ulcer that does not interfere with oral intake; modified "
            "diet indicated"
        ),
        "2级 中度疼痛或溃疡，不影响经口进食；需调整饮食",
    ),
    ("3", "3 Severe pain; interfering with oral intake", "3级 重度疼痛，影响经口进食"),
    (
        "4",
        "4 Life-threatening consequences; urgent intervention indicated",
        "4级 危及生命；需紧急处理",
    ),
    ("5", "5 Death", "5级 死亡"),
)

CTCRD = CodeList.of(
    "CTCRD",
    "CTCAE v5.0 Dermatitis radiation",
    ("0", "0 Absent", "0级 无"),
    ("1", "1 Faint erythema or dry desquamation", "1级 轻微红斑或干性脱屑"),
    (
        "2",
        (
            "2 Moderate to brisk erythema; patchy moist desquamation, mostly confined to "
            "skin folds and creases; moderate edema"
        ),
        "2级 中度至明显红斑；片状湿性脱屑，多局限于皮肤皱褶处；中度水肿",
    ),
    (
        "3",
        (
            "3 Moist desquamation in areas other than skin folds and creases; bleeding "
            "induced by minor trauma or abrasion"
        ),
        "3级 皮肤皱褶以外部位的湿性脱屑；轻微创伤或摩擦即出血",
    ),
    (
        "4",
        (
            "4 Life-threatening consequences; skin necrosis or ulceration of full thickness "
            "dermis; spontaneous bleeding from involved site; skin graft indicated"
        ),
        "4级 危及生命；皮肤坏死或真皮全层溃疡；受累部位自发性出血；需植皮",
    ),
    ("5", "5 Death", "5级 死亡"),
)

CTCUL = CodeList.of(
    "CTCUL",
    "CTCAE v5.0 Skin ulceration",
    ("0", "0 Absent", "0级 无"),
    (
        "1",
        (
            "1 Combined area of ulcers <1 cm; nonblanchable erythema of intact skin with "
            "associated warmth or edema"
        ),
        "1级 溃疡合计<1 cm；完整皮肤出现压之不褪色的红斑，伴局部皮温升高或水肿",
    ),
    (
        "2",
        (
            "2 Combined area of ulcers 1 - 2 cm; partial thickness skin loss involving skin "
            "or subcutaneous fat"
        ),
        "2级 溃疡合计1～2 cm；部分皮层缺损，累及皮肤或皮下脂肪",
    ),
    (
        "3",
        (
            "3 Combined area of ulcers >2 cm; full-thickness skin loss involving damage to "
            "or necrosis of subcutaneous tissue that may extend down to fascia"
        ),
        "3级 溃疡合计>2 cm；全层皮肤缺损，伴皮下组织损伤或坏死，可深达筋膜",
    ),
    (
        "4",
        (
            "4 Any size ulcer with extensive destruction, tissue necrosis, or damage to "
            "muscle, bone, or supporting structures with or without full thickness skin loss"
        ),
        (
            "4级 任何大小的溃疡，伴广泛破坏、组织坏死，或肌肉、骨骼、支持结构损伤，"
            "伴或不伴全层皮肤缺损"
        ),
    ),
    ("5", "5 Death", "5级 死亡"),
)

CTCCY = CodeList.of(
    "CTCCY",
    "CTCAE v5.0 Cystitis noninfective",
    ("0", "0 Absent", "0级 无"),
    (
        "1",
        (
            "1 Microscopic hematuria; minimal increase in frequency, urgency, dysuria, or "
            "nocturia; new onset of incontinence"
        ),
        "1级 镜下血尿；尿频、尿急、尿痛或夜尿轻度增多；新发尿失禁",
    ),
    (
        "2",
        (
            "2 Moderate hematuria; moderate increase in frequency, urgency, dysuria, "
            "nocturia or incontinence; urinary catheter placement or bladder irrigation "
            "indicated; limiting instrumental ADL"
        ),
        (
            "2级 中度血尿；尿频、尿急、尿痛、夜尿或尿失禁中度加重；需留置导尿或膀胱冲洗；"
            "影响工具性日常生活活动"
        ),
    ),
    (
        "3",
        (
            "3 Gross hematuria; transfusion, IV medications, or hospitalization indicated; "
            "elective invasive intervention indicated"
        ),
        "3级 肉眼血尿；需输血、静脉用药或住院；需择期有创处理",
    ),
    (
        "4",
        "4 Life-threatening consequences; urgent invasive intervention indicated",
        "4级 危及生命；需紧急有创处理",
    ),
    ("5", "5 Death", "5级 死亡"),
)

CTCHU = CodeList.of(
    "CTCHU",
    "CTCAE v5.0 Hematuria",
    ("0", "0 Absent", "0级 无"),
    (
        "1",
        "1 Asymptomatic; clinical or diagnostic observations only; intervention not indicated",
        "1级 无症状；仅临床或检查发现；无需干预",
    ),
    (
        "2",
        (
            "2 Symptomatic; urinary catheter or bladder irrigation indicated; limiting "
            "instrumental ADL"
        ),
        "2级 有症状；需留置导尿或膀胱冲洗；影响工具性日常生活活动",
    ),
    (
        "3",
        (
            "3 Gross hematuria; transfusion, IV medications, or hospitalization indicated; "
            "elective invasive intervention indicated; limiting self care ADL"
        ),
        "3级 肉眼血尿；需输血、静脉用药或住院；需择期有创处理；影响自理性日常生活活动",
    ),
    (
        "4",
        "4 Life-threatening consequences; urgent invasive intervention indicated",
        "4级 危及生命；需紧急有创处理",
    ),
    ("5", "5 Death", "5级 死亡"),
)
