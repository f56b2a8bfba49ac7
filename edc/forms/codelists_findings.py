"""Code lists of examinations, skin and bladder assessments, and GVHD."""

from __future__ import annotations

from edc.label import Label
from edc.study.codelists import CodeList

NCS = CodeList.of(
    "NCS",
    "sponsor",
    ("NORM", "Normal", "正常"),
    ("NCS", "Abnormal, not clinically significant", "异常无临床意义"),
    ("CS", "Abnormal, clinically significant", "异常有临床意义"),
    ("ND", "Not done", "未查"),
).shortened(NCS=Label(en="NCS", zh="无意义"), CS=Label(en="CS", zh="有意义"))

LESION = CodeList.of(
    "LESION",
    "sponsor",
    ("RD", "Radiation dermatitis", "放射性皮炎"),
    ("CD", "Chemotherapy toxic erythema or hand-foot", "化疗性中毒性红斑/手足综合征"),
    ("GV", "GVHD skin lesion", "GVHD皮损"),
    ("EX", "Extravasation injury", "外渗性损伤"),
    ("UL", "Ulcer, not specified", "溃疡（未分类）"),
    ("PA", "Perianal or perineal erosion", "肛周/会阴糜烂"),
    ("PI", "Pressure injury", "压力性损伤"),
    ("GE", "Genital mucosal erosion", "生殖器黏膜糜烂"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

BODYLOC = CodeList.of(
    "BODYLOC",
    "C74456 (LOC) subset",
    ("HEAD", "Head", "头部"),
    ("FACE", "Face", "面部"),
    ("NECK", "Neck", "颈部"),
    ("CHEST", "Chest", "胸部"),
    ("ABDO", "Abdomen", "腹部"),
    ("BACK", "Back", "背部"),
    ("ARM", "Arm", "上臂/前臂"),
    ("HAND", "Hand", "手"),
    ("LEG", "Leg", "下肢"),
    ("FOOT", "Foot", "足"),
    ("GROIN", "Groin", "腹股沟"),
    ("PERI", "Perineum", "会阴"),
    ("PERIAN", "Perianal", "肛周"),
    ("GENIT", "External genitalia", "外生殖器"),
    ("OTH", "Other, specify", "其他（请注明）"),
)

LAT = CodeList.of(
    "LAT",
    "C99073 (LAT)",
    ("LEFT", "Left", "左"),
    ("RIGHT", "Right", "右"),
    ("MIDLINE", "Midline", "中线"),
    ("BILATERAL", "Bilateral", "双侧"),
)

DEPTH = CodeList.of(
    "DEPTH",
    "sponsor",
    ("INT", "Intact, redness only", "皮肤完整，仅红斑"),
    ("EPI", "Epidermis", "表皮"),
    ("DER", "Dermis", "真皮"),
    ("SUB", "Subcutaneous", "皮下组织"),
    ("DEEP", "Muscle, tendon or bone", "肌肉/肌腱/骨"),
)

EXUD = CodeList.of(
    "EXUD",
    "sponsor",
    ("NONE", "None", "无"),
    ("LOW", "Low", "少量"),
    ("MOD", "Moderate", "中量"),
    ("HIGH", "High", "大量"),
)

RTOGSK = CodeList.of(
    "RTOGSK",
    "sponsor",
    ("0", "0 No change", "0级 无变化"),
    ("1", "1 Faint redness, dry scaling, hair loss", "1级 淡红斑、干性脱屑、脱发"),
    (
        "2",
        "2 Bright redness, patchy wet scaling, moderate oedema",
        "2级 明显红斑、片状湿性脱皮、中度水肿",
    ),
    (
        "3",
        "3 Confluent wet scaling outside folds, pitting oedema",
        "3级 皱褶以外融合性湿性脱皮、凹陷性水肿",
    ),
    ("4", "4 Ulcer, bleeding, necrosis", "4级 溃疡、出血、坏死"),
)

AGVSKIN = CodeList.of(
    "AGVSKIN",
    "sponsor (MAGIC)",
    ("0", "0 No active rash", "0期 无活动性皮疹"),
    ("1", "1 Rash under 25% BSA", "1期 皮疹<25% BSA"),
    ("2", "2 Rash 25-50% BSA", "2期 皮疹25%–50% BSA"),
    ("3", "3 Rash over 50% BSA", "3期 皮疹>50% BSA"),
    (
        "4",
        "4 Erythroderma over 50% BSA with bullae and peeling over 5% BSA",
        "4期 全身红皮病（>50% BSA）伴水疱及脱屑>5% BSA",
    ),
)

AGVLIV = CodeList.of(
    "AGVLIV",
    "sponsor (MAGIC)",
    ("0", "0 Bilirubin under 34.2 umol/L", "0期 胆红素<34.2 µmol/L"),
    ("1", "1 34.2-51.3", "1期 34.2–51.3"),
    ("2", "2 51.4-102.6", "2期 51.4–102.6"),
    ("3", "3 102.7-256.5", "3期 102.7–256.5"),
    ("4", "4 Over 256.5", "4期 >256.5"),
)

AGVUGI = CodeList.of(
    "AGVUGI",
    "sponsor (MAGIC)",
    ("0", "0 None or intermittent", "0期 无或间歇性厌食/恶心/呕吐"),
    ("1", "1 Persistent anorexia, nausea or vomiting", "1期 持续厌食/恶心/呕吐"),
)

AGVLGI = CodeList.of(
    "AGVLGI",
    "sponsor (MAGIC, adult)",
    ("0", "0 Under 500 mL or under 3 stools a day", "0期 <500 mL/天或<3次/天"),
    ("1", "1 500-999 mL or 3-4 stools", "1期 500–999 mL/天或3–4次/天"),
    ("2", "2 1000-1500 mL or 5-7 stools", "2期 1000–1500 mL/天或5–7次/天"),
    ("3", "3 Over 1500 mL or over 7 stools", "3期 >1500 mL/天或>7次/天"),
    (
        "4",
        "4 Severe pain with or without ileus, or grossly bloody stool",
        "4期 严重腹痛伴/不伴肠梗阻，或肉眼血便",
    ),
)

AGVGRD = CodeList.of(
    "AGVGRD",
    "sponsor (MAGIC)",
    ("0", "0 None", "0 无"),
    ("1", "I", "Ⅰ度"),
    ("2", "II", "Ⅱ度"),
    ("3", "III", "Ⅲ度"),
    ("4", "IV", "Ⅳ度"),
)

CGVGRD = CodeList.of(
    "CGVGRD",
    "sponsor (NIH 2014)",
    ("NONE", "None", "无"),
    ("MILD", "Mild", "轻度"),
    ("MOD", "Moderate", "中度"),
    ("SEV", "Severe", "重度"),
)

HCGRD = CodeList.of(
    "HCGRD",
    "sponsor",
    ("0", "0 No haematuria", "0级 无血尿"),
    ("1", "1 Microscopic haematuria", "1级 镜下血尿"),
    ("2", "2 Macroscopic haematuria", "2级 肉眼血尿"),
    ("3", "3 Macroscopic haematuria with small clots", "3级 肉眼血尿伴小血块"),
    (
        "4",
        "4 Massive haematuria, clots obstructing or kidney function impaired by obstruction",
        "4级 大量血尿，血块致尿路梗阻或梗阻性肾功能损害",
    ),
)

URCOL = CodeList.of(
    "URCOL",
    "sponsor",
    ("CLEAR", "Clear yellow", "清亮淡黄"),
    ("PINK", "Pink", "淡红色"),
    ("RED", "Red", "鲜红色"),
    ("DARK", "Dark red or brown", "暗红/酱油色"),
)

CLOT = CodeList.of(
    "CLOT",
    "sponsor",
    ("NONE", "None", "无"),
    ("SMALL", "Small", "小血块"),
    ("LARGE", "Large or obstructing", "大血块/梗阻"),
)

SYM03 = CodeList.of(
    "SYM03",
    "sponsor",
    ("0", "None", "无"),
    ("1", "Mild", "轻度"),
    ("2", "Moderate", "中度"),
    ("3", "Severe", "重度"),
)

COMPBY = CodeList.of(
    "COMPBY",
    "sponsor",
    ("SELF", "Participant alone", "本人独立完成"),
    ("HELP", "Participant with help", "他人协助完成"),
    ("INT", "Read out by staff", "工作人员读题代填"),
)

CTCG = CodeList.of(
    "CTCG",
    "sponsor",
    ("0", "0 Absent", "0级 无"),
    ("1", "Grade 1", "1级"),
    ("2", "Grade 2", "2级"),
    ("3", "Grade 3", "3级"),
    ("4", "Grade 4", "4级"),
    ("5", "Grade 5 (death)", "5级（死亡）"),
)
