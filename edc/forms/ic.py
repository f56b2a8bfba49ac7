"""Informed consent: one row for each signature or withdrawal."""

from __future__ import annotations

from edc.forms.codelists import ICWD, LARREL, NY, RECON, SIGNER
from edc.forms.derivations import enrolment
from edc.label import Label
from edc.study.checks import Deviation, check
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Calculated, Choice, Date, Reference, System, Text, Time, between

SIGNED = parse("ICTYPE != 'WD'")
WITHDRAWN = parse("ICTYPE == 'WD'")


IC = Crf(
    code="IC",
    label=Label(en="Informed consent", zh="知情同意"),
    note=Label(
        en="One row per signature or withdrawal. No name is stored.",
        zh="每次签署或撤回各填一行；不保存姓名。",
    ),
    occurs=Occurs.LOG,
    date_item="ICDAT",
    before_consent=True,
    row_title=("ICTYPE", "ICDAT", "ICWDDAT"),
    sdtm="DS",
    sections=(
        Section(
            code="TYPE",
            label=Label(en="Consent or withdrawal", zh="知情同意或撤回"),
            items=(
                Choice(
                    code="ICTYPE",
                    label=Label(en="Consent or withdrawal", zh="知情同意/撤回类型"),
                    codes=RECON,
                    sdtm="DS.DSSCAT",
                ),
            ),
        ),
        Section(
            code="SIGNATURE",
            label=Label(en="Signature", zh="签署"),
            items=(
                Reference(
                    code="ICVER",
                    label=Label(en="Version of the consent form signed", zh="所签知情同意书版本号"),
                    to="ICF",
                    shown_when=SIGNED,
                    sdtm="SUPPDS",
                ),
                Calculated(
                    code="ICVERDAT",
                    label=Label(en="Version date", zh="版本日期"),
                    rule=enrolment.consent_version_date,
                    reads=("ICVER",),
                    holds="date",
                    shown_when=SIGNED,
                    sdtm="SUPPDS",
                ),
                Calculated(
                    code="ICAPPDAT",
                    label=Label(en="Ethics approval date of this version", zh="该版本伦理批准日期"),
                    rule=enrolment.consent_approval_date,
                    reads=("ICVER",),
                    holds="date",
                    shown_when=SIGNED,
                    sdtm="SUPPDS",
                ),
                Date(
                    code="ICDAT",
                    label=Label(en="Date signed", zh="签署日期"),
                    shown_when=SIGNED,
                    sdtm="DS.DSSTDTC (DSDECOD INFORMED CONSENT OBTAINED), DM.RFICDTC",
                ),
                Time(
                    code="ICTIM",
                    label=Label(en="Time signed", zh="签署时间"),
                    shown_when=SIGNED,
                    sdtm="DS.DSSTDTC",
                ),
                Choice(
                    code="ICSIGNER",
                    label=Label(en="Who signed", zh="签署人"),
                    codes=SIGNER,
                    shown_when=SIGNED,
                    sdtm="SUPPDS",
                ),
                Choice(
                    code="ICLARREL",
                    label=Label(en="Relation to the participant", zh="与受试者关系"),
                    codes=LARREL,
                    shown_when=parse("ICSIGNER == 'LAR'"),
                    sdtm="SUPPDS",
                ),
                Text(
                    code="ICLARWHY",
                    label=Label(en="Why a representative signed", zh="由代理人签署的原因"),
                    max_length=200,
                    shown_when=parse("ICSIGNER == 'LAR'"),
                    sdtm="SUPPDS",
                ),
                Reference(
                    code="ICINV",
                    label=Label(
                        en="Investigator who obtained consent (authorised user)",
                        zh="获取知情同意的研究者",
                    ),
                    to="USER",
                    shown_when=SIGNED,
                    sdtm="SUPPDS",
                ),
                Choice(
                    code="ICCOPY",
                    label=Label(en="Signed copy given", zh="已交付签署副本"),
                    codes=NY,
                    shown_when=SIGNED,
                    expected="Y",
                    sdtm="SUPPDS",
                ),
            ),
        ),
        Section(
            code="CHOICES",
            label=Label(en="Separate choices", zh="单独同意事项"),
            items=(
                Choice(
                    code="ICPHOTO",
                    label=Label(en="Agrees to lesion photographs", zh="同意拍摄皮损/口腔照片"),
                    codes=NY,
                    shown_when=SIGNED,
                    sdtm="SUPPDS",
                ),
                Choice(
                    code="ICBIO",
                    label=Label(en="Agrees to storage of samples", zh="同意留存生物样本"),
                    codes=NY,
                    shown_when=SIGNED,
                    sdtm="SUPPDS",
                ),
                Choice(
                    code="ICDATA",
                    label=Label(
                        en="Agrees to later use of de-identified data",
                        zh="同意去标识化数据用于后续研究",
                    ),
                    codes=NY,
                    shown_when=SIGNED,
                    sdtm="SUPPDS",
                ),
            ),
        ),
        Section(
            code="WITHDRAWAL",
            label=Label(en="Withdrawal", zh="撤回"),
            items=(
                Choice(
                    code="ICWDTYP",
                    label=Label(en="What was withdrawn", zh="撤回范围"),
                    codes=ICWD,
                    shown_when=WITHDRAWN,
                    sdtm="DS.DSTERM",
                ),
                Date(
                    code="ICWDDAT",
                    label=Label(en="Date withdrawn", zh="撤回日期"),
                    shown_when=WITHDRAWN,
                    hard=between("consent_date", "today"),
                    sdtm="DS.DSSTDTC",
                ),
                Choice(
                    code="ICWDSIG",
                    label=Label(
                        en="Withdrawal signed (else given orally)", zh="撤回已签名（否则为口头）"
                    ),
                    codes=NY,
                    shown_when=WITHDRAWN,
                    sdtm="SUPPDS",
                ),
                System(
                    code="ICWDBY",
                    label=Label(
                        en="Withdrawal recorded by (signed-in user)", zh="撤回记录者（登录用户）"
                    ),
                    shown_when=WITHDRAWN,
                    sdtm="SUPPDS",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "IC-01",
            "H",
            "ICDAT > today",
            en="Consent date is in the future.",
            zh="签署日期不能晚于今天。",
        ),
        # A dose before consent is EX-02's: told here, it would tell the arm with all the others.
        check(
            "IC-02",
            "Q",
            "ICDAT == consent_date and (any(SV, SVSTDAT < consent_date) or any(VS, VSDAT < consent_date) or any(PE, PEDAT < consent_date) or any(CV, EGDAT < consent_date or LVEFDAT < consent_date) or any(VIR, VIRDAT < consent_date) or any(PREGT, PREGDAT < consent_date) or any(LB, LBDAT < consent_date) or any(OM, OMDAT < consent_date) or any(SK, SKDAT < consent_date) or any(BC, BCDAT < consent_date) or any(GVHD, GVDAT < consent_date) or any(PRO, PRODAT < consent_date) or any(RSP, RSPDAT < consent_date))",
            en="Study procedure before consent: major deviation; answer with the reason if the test was routine care.",
            zh="研究程序早于知情同意，属重要方案偏离；若为常规诊疗检查请说明原因。",
            proposes=Deviation("CONS", "MAJ"),
        ),
        check(
            "IC-03",
            "Q",
            "ICDAT < ICAPPDAT or any(ICF, ICAPPDAT > this.ICAPPDAT and ICAPPDAT <= this.ICDAT)",
            en="The version signed was not the one in force that day.",
            zh="所签版本并非签署当日有效版本。",
            item="ICVER",
            proposes=Deviation("CONS", "MAJ"),
        ),
        check(
            "IC-04",
            "S",
            # A version approved 14 days ago, of who is still in the study (edc.forms.clocks).
            "ICTYPE == 'INIT' and consent_clock == 'late'",
            en="Re-consent is due.",
            zh="需按新版本再次知情同意。",
            item="ICVER",
        ),
        check(
            "IC-05",
            "S",
            "ICWDTYP in ('ALL', 'DATA')",
            en="Visits after the withdrawal are closed; adverse events open that day stay open for follow-up where the participant agrees.",
            zh="撤回后不再生成访视；未结束的不良事件经同意后可继续随访。",
        ),
    ),
)
