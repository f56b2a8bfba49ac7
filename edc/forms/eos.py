"""End of study, and the investigator's signature of the whole casebook."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import EOSREAS
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Choice, Date, Integer, System, Text, between

EOS = Crf(
    code="EOS",
    label=Label(en="End of study", zh="研究结束/退出"),
    occurs=Occurs.ONCE,
    date_item="EOSDAT",
    sdtm="DS",
    sections=(
        Section(
            code="END",
            label=Label(en="End of study", zh="研究结束"),
            items=(
                Date(
                    code="EOSDAT",
                    label=Label(en="Date of ending", zh="结束/退出日期"),
                    hard=between(None, "today"),
                    sdtm="DS.DSSTDTC, DM.RFPENDTC",
                ),
                Choice(
                    code="EOSREAS",
                    label=Label(en="Reason", zh="原因"),
                    codes=EOSREAS,
                    sdtm="DS.DSDECOD",
                ),
                Date(
                    code="EOSLAST",
                    label=Label(en="Last contact", zh="末次联系日期"),
                    hard=between(None, "EOSDAT"),
                    sdtm="SV",
                ),
                Integer(
                    code="EOSTRIES",
                    label=Label(en="Contact attempts", zh="联系次数"),
                    unit=units.CONTACTS,
                    shown_when=parse("EOSREAS == 'LTFU'"),
                    hard=between(0, 50),
                    sdtm="SUPPDS",
                ),
                Text(
                    code="EOSOT",
                    label=Label(
                        en="Explain (never required to justify withdrawal)",
                        zh="说明（受试者退出无须给出理由）",
                    ),
                    max_length=300,
                    required=False,
                    sdtm="DS.DSTERM",
                ),
            ),
        ),
        Section(
            code="SIGNATURE",
            label=Label(en="Signature", zh="签名"),
            items=(
                System(
                    code="EOSSIG",
                    label=Label(en="Investigator signs the whole casebook", zh="研究者签署全部CRF"),
                    holds="datetime",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "EOS-01",
            "Q",
            "EOSREAS == 'COMPLETED' and not any(SV, visit == 'M12' and SVSTAT == 'DONE')",
            en="Completed but month 12 missing.",
            zh="标记完成但缺少12个月访视。",
        ),
        check(
            "EOS-02",
            "Q",
            "EOSREAS == 'DEATH' and (not any(DTH) or DTH.DTHDAT != EOSDAT)",
            en="Death form and date do not agree.",
            zh="与死亡记录不一致。",
            item="EOSREAS",
        ),
        check(
            "EOS-03",
            "Q",
            "EOSREAS == 'WBS' and not any(IC, ICWDTYP in ('ALL', 'DATA'))",
            en="Withdrawal of consent from all study procedures missing.",
            zh="缺少退出全部研究程序的撤回知情同意记录。",
        ),
        check(
            "EOS-04",
            "Q",
            "EOSREAS == 'LTFU' and EOSTRIES < 3",
            en="Three attempts expected.",
            zh="失访前应至少联系3次。",
            item="EOSTRIES",
        ),
        check(
            "EOS-05",
            "H",
            "signature_asked == 'Y' and unsettled == 'Y'",
            en="Cannot be signed yet: queries or hard checks are still open.",
            zh="仍有未关闭的核查/质疑，不能签署。",
            item="EOSSIG",
        ),
    ),
)
