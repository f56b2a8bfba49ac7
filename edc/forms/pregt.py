"""Pregnancy test; the schedule plans it for women who can have children."""

from __future__ import annotations

from edc.forms.codelists import NY
from edc.forms.codelists_laboratory import PREGR
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Choice, Date, between

TESTED = parse("PREGDN == 'Y'")

PREGT = Crf(
    code="PREGT",
    label=Label(en="Pregnancy test", zh="妊娠试验"),
    date_item="PREGDAT",
    sdtm="LB",
    sections=(
        Section(
            code="TEST",
            label=Label(en="Pregnancy test", zh="妊娠试验"),
            items=(
                Choice(
                    code="PREGDN",
                    label=Label(en="Test done", zh="是否检测"),
                    codes=NY,
                    sdtm="LB.LBSTAT",
                ),
                Date(
                    code="PREGDAT",
                    label=Label(en="Sample date", zh="采样日期"),
                    shown_when=TESTED,
                    hard=between(None, "today"),
                    soft=between("randomisation_date - 7", None),
                    soft_text=Label(
                        en="Sampled more than 7 days before randomisation.",
                        zh="采样早于随机超过7天。",
                    ),
                    sdtm="LB.LBDTC",
                ),
                Choice(
                    code="PREGRES",
                    label=Label(en="hCG result", zh="hCG结果"),
                    codes=PREGR,
                    shown_when=TESTED,
                    expected="NEG",
                    sdtm="LB (HCG)",
                ),
            ),
        ),
    ),
    checks=(
        # Randomisation asks it of everybody for whom the test is due (allocation.py).
        check(
            "PREGT-01",
            "H",
            "randomisation_asked == 'Y' and not any(PREGT, PREGRES == 'NEG' and PREGDAT <= today and today - PREGDAT <= 7)",
            en="Negative test in the last 7 days is needed before randomisation.",
            zh="随机前须有7天内阴性妊娠试验。",
            item="PREGRES",
        ),
        check(
            "PREGT-02",
            "S",
            "PREGRES == 'POS' and randomised == 'Y' and not any(PREGT, PREGRES == 'NEG' and PREGDAT > this.PREGDAT and PREGDAT <= randomisation_date)",
            en="Pregnancy: stop product, open PREG form, report within 24 h.",
            zh="妊娠：停用研究制品，填写妊娠报告，24小时内上报。",
        ),
    ),
)
