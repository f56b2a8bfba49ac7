"""The edit checks of adverse events."""

from __future__ import annotations

from edc.study.checks import check

AE_CHECKS = (
    check(
        "AE-01",
        "H",
        "AEENDAT < AESTDAT",
        en="End before start.",
        zh="结束日期早于开始日期。",
    ),
    check(
        "AE-02",
        "H",
        "AESTDAT < consent_date",
        en="Before consent: use medical history.",
        zh="早于知情同意，应记录为病史。",
    ),
    check(
        "AE-03",
        "H",
        "AESER == 'Y' and not (AESDTH == 'Y' or AESLIFE == 'Y' or AESHOSP == 'Y' or AESDISAB == 'Y' or AESCONG == 'Y' or AESMIE == 'Y')",
        en="At least one seriousness criterion.",
        zh="至少选择一项严重性标准。",
    ),
    check(
        "AE-04",
        "H",
        "AETOXGR not in entry(AECTCID, 'grades')",
        en="This CTCAE term has no such grade.",
        zh="该术语不存在此分级。",
    ),
    check(
        "AE-05",
        "Q",
        # While grade and criterion are both open, nothing is there to disagree with the outcome.
        "not empty(AEOUT) and (not empty(AETOXGR) and (AETOXGR == 5) != (AEOUT == 'FATAL') "
        "or not (empty(AETOXGR) and empty(AESDTH)) and (AESDTH == 'Y') != (AEOUT == 'FATAL'))",
        en="Grade 5, death and fatal outcome must agree.",
        zh="5级、死亡与转归须一致。",
        item="AEOUT",
    ),
    check(
        "AE-06",
        "Q",
        "AETOXGR == 4 and AESER == 'N'",
        en="Grade 4 usually life-threatening: confirm not serious (a laboratory grade 4 may be non-serious).",
        zh="4级一般危及生命，请确认非严重（实验室4级可例外）。",
    ),
    check(
        "AE-07",
        "Q",
        "AEOUT in ('RECOVERED/RESOLVED', 'RECOVERED/RESOLVED WITH SEQUELAE') and AEONGO == 'Y' or AEOUT in ('NOT RECOVERED/NOT RESOLVED', 'RECOVERING/RESOLVING') and not empty(AEENDAT)",
        en="Outcome and end date do not agree.",
        zh="转归与结束日期不一致。",
    ),
    check(
        "AE-08",
        "Q",
        "AEOUT == 'FATAL' and (not any(DTH) or AEENDAT != DTH.DTHDAT)",
        en="Death form missing or date differs.",
        zh="缺少死亡记录或日期不一致。",
    ),
    check(
        "AE-09",
        "Q",
        "AEACN == 'DRUG WITHDRAWN' and not any(EOT, EOTREAS == 'AE')",
        en="End of treatment form missing.",
        zh="缺少治疗结束记录。",
    ),
    check(
        "AE-10",
        "Q",
        # Standard care and transfusions are linked by falling within the event, perhaps.
        "AECONTRT == 'Y' and not any(CM, CMAENO == this.AESPID) "
        "and not any(STC, not empty(STCSTDAT) and not STCSTDAT < this.AESTDAT and not STCSTDAT > this.AEENDAT) "
        "and not any(TX, not empty(TXDAT) and not TXDAT < this.AESTDAT and not TXDAT > this.AEENDAT)",
        en="Treatment not recorded.",
        zh="未关联治疗记录。",
        item="AECONTRT",
    ),
    check(
        "AE-11",
        "H",
        # On the day of the event a dose counts when the clock says that it came first. Who was given
        # product by mistake (EX-01) may have an event by it: that must be possible to record.
        "arm == 'SOC' and AEREL != 'NA' and not any(EX, ECOCCUR == 'Y' and not EXSTDAT > this.AESTDAT) "
        "or arm == 'MSC' and AEREL == 'NA' and any(EX, ECOCCUR == 'Y' "
        "and (EXSTDAT < this.AESTDAT or EXSTDAT == this.AESTDAT and EXSTTIM < this.AESTTIM))",
        en="Please review causality.",
        zh="请复核因果关系判断。",
    ),
    check(
        "AE-12",
        "S",
        # Until the report is opened, at the same row of SAE.
        "AESER == 'Y' and not any(SAE, row == this.row)",
        en="A serious event is reported on CRF SAE. Its 24 hours count from the moment at which the "
        "investigator became aware, as soon as that is entered there.",
        zh="严重不良事件须填写SAE报告；24小时时限自报告中填写的研究者获知时间起算。",
    ),
    check(
        "AE-13",
        "W",
        "count(AE, AECTCID == this.AECTCID and not empty(AESTDAT) and not empty(this.AESTDAT) and not AEENDAT < this.AESTDAT and not this.AEENDAT < AESTDAT) > 1",
        en="Possible duplicate.",
        zh="可能重复记录。",
        item="AECTCID",
    ),
    check(
        "AE-14",
        "Q",
        "AEONGO == 'Y' and any(EOS)",
        en="Final status needed at end of study.",
        zh="研究结束时需更新转归。",
    ),
    check(
        "AE-15",
        "Q",
        "(AECTCID == 'CTC5-0177' and INJ.INJPRIM == 'ORAL' or AECTCID == 'CTC5-0362' and INJ.INJPRIM == 'SKIN' or AECTCID in ('CTC5-0650', 'CTC5-0653') and INJ.INJPRIM == 'BLAD') and AESER == 'N' and AEREL in ('UNLK', 'NOT', 'NA')",
        en="Target injury: record as efficacy, confirm it is an AE.",
        zh="属靶损伤疗效指标，请确认是否按不良事件记录。",
        item="AEREL",  # whoever sees the query, or misses it, learns what the answer there is
    ),
)
