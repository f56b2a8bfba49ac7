"""The edit checks of the bladder assessment."""

from __future__ import annotations

from edc.study.checks import check

BC_CHECKS = (
    check(
        "BC-01",
        "Q",
        "BCGRD >= 2 and BCURCOL == 'CLEAR'",
        en="Macroscopic grade but clear urine.",
        zh="肉眼血尿分级与尿色不符。",
    ),
    check(
        "BC-02",
        "Q",
        "BCGRD >= 3 and BCCLOT == 'NONE'",
        en="Grade 3 or 4 needs clots.",
        zh="3–4级应有血块。",
    ),
    check(
        "BC-03",
        "Q",
        "BCGRD == 0 and (BCRBCH > 3 or BCURCOL in ('PINK', 'RED', 'DARK'))",
        en="Grade 0 with blood in urine.",
        zh="0级但存在血尿。",
    ),
    check(
        "BC-04",
        "Q",
        "BCOBST == 'Y' and BCGRD < 4",
        en="Obstruction means grade 4.",
        zh="梗阻应为4级。",
    ),
    check(
        "BC-05",
        "Q",
        "BCCBI == 'Y' and BCCATH == 'N'",
        en="Irrigation without catheter.",
        zh="膀胱冲洗但无留置导尿。",
    ),
    check(
        "BC-06",
        "H",
        "BKVUQ == 'EQ' and BKVU == 0",
        en="A measured result cannot be 0: choose below the detection limit.",
        zh="实测结果不能为0，低于检测下限请选择相应选项。",
        item="BKVU",
    ),
    # An infection of the urine, or one that may have come from it, unless it was over by then.
    check(
        "BC-07",
        "Q",
        "BCUCULT == 'POS' and not any(INF, INFSITE in ('URIN', 'BSI', 'DISS') and not INFENDAT < this.BCDAT)",
        en="Positive culture without infection record.",
        zh="尿培养阳性但无感染记录。",
    ),
    # Platelets are given for much else: one that was not for bleeding of the injury is another one.
    check(
        "BC-08",
        "Q",
        "BCTRANS == 'Y' and not any(TX, TXDAT <= this.BCDAT and not TXDAT < this.bladder_seen_before and not TXINJ == 'N')",
        en="Transfusion record missing.",
        zh="缺少输血记录。",
    ),
)
