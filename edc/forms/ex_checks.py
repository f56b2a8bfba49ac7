"""The edit checks of the doses of the product."""

from __future__ import annotations

from edc.forms.dosing import by_route, fits_no_site
from edc.study.checks import Deviation, check

_CRITICAL = Deviation("TRT", "CRIT")
_PRODUCT = Deviation("PROD", "CRIT")
# An event that begins on a day known in part may have begun on the day of the dose.
_AE_THAT_DAY = "any(AE, not empty(AESTDAT) and not AESTDAT != this.EXSTDAT)"
_SITE_NOT_INJURED = " or ".join(
    f"EXSITE == '{site}' and INJ.{item} == 'N'"
    for site, item in (("ORAL", "INJORAL"), ("SKIN", "INJSKIN"), ("BLAD", "INJBLAD"))
)

EX_CHECKS = (
    check(
        "EX-01",
        "S",
        "arm == 'SOC'",
        en="Product given to a control participant: critical deviation, alert to PI.",
        zh="对照组使用研究制品，严重偏离，立即通知PI。",
        item="ECOCCUR",
        proposes=_CRITICAL,
    ),
    check(
        "EX-02",
        "Q",
        "empty(randomisation_date) and not empty(EXSTDAT) or EXSTDAT < randomisation_date",
        en="Dose before randomisation: critical deviation.",
        zh="给药早于随机，严重偏离。",
        item="EXSTDAT",
        proposes=_CRITICAL,
    ),
    check(
        "EX-03",
        "Q",
        "not empty(EXLOT) and not empty(EXSTDAT) and (EXSTDAT > EXEXP or "
        "not entry(EXLOT, 'BTREL') <= EXSTDAT or "
        "entry(EXLOT, 'BTST') != 'REL' and not EXSTDAT < entry(EXLOT, 'BTSTDT'))",
        en="Batch expired or not released: critical deviation.",
        zh="批次过期或未放行，严重偏离。",
        item="EXLOT",
        proposes=_PRODUCT,
    ),
    check(
        "EX-04",
        "Q",
        f"{fits_no_site()} or {_SITE_NOT_INJURED}",
        en="Route does not fit the injury.",
        zh="给药途径与损伤部位不符。",
        item="EXROUTE",
    ),
    check(
        "EX-05",
        "Q",
        f"EXDOSE < ({by_route('usual', 0)}) or EXDOSE > ({by_route('usual', 1)})",
        en="Volume unusual for this route.",
        zh="用量超出该途径常规范围。",
    ),
    check(
        "EX-06",
        "Q",
        "EXTEMPS < storage_low or EXTEMPS > storage_high",
        en="Temperature excursion: quarantine, deviation.",
        zh="温度超标：隔离制品并记录偏离。",
        proposes=Deviation("PROD", "MAJ"),
    ),
    check(
        "EX-07",
        "Q",
        "container_used_elsewhere == 'Y'",
        en="Container already used for another participant: critical deviation.",
        zh="该容器已用于其他受试者。",
        item="EXKIT",
        proposes=_PRODUCT,
    ),
    check(
        "EX-08",
        "Q",
        f"EXREACT == 'Y' and not empty(EXSTDAT) and not {_AE_THAT_DAY}",
        en="Reaction without AE.",
        zh="有反应但无不良事件记录。",
        item="EXREACT",
    ),
    check(
        "EX-09",
        "Q",
        "ECOCCUR == 'Y' and EXSTDAT > site_healed_on + 1 and not any(RSP, RECDAT <= this.EXSTDAT)",
        en="Dose after confirmed healing.",
        zh="确认愈合后仍给药。",
        item="EXSTDAT",
    ),
    check(
        "EX-10",
        "Q",
        "ECOCCUR == 'Y' and (EXSTDAT > EOT.EOTDAT or EXSTDAT > DTH.DTHDAT)",
        en="Dose after end of treatment.",
        zh="给药晚于治疗结束日期。",
        item="EXSTDAT",
    ),
    check(
        "EX-11",
        "Q",
        # A pregnancy that ended went on until PGOUTDAT.
        "ECOCCUR == 'Y' and (positive_test_on < EXSTDAT or any(PREG, PGWHO == 'Y' "
        "and PGAWDTM < this.EXSTDAT and (this.EXSTDAT <= PGOUTDAT "
        "or not PGOUT in ('LIVE', 'STILL', 'SPAB', 'INAB', 'ECT'))))",
        en="Dose after a positive pregnancy test.",
        zh="妊娠后仍给药。",
        item="EXSTDAT",
    ),
    check(
        "BATCH-02",
        "Q",
        "batch_overdrawn == 'Y'",
        en="More product recorded as given than the batch holds.",
        zh="记录的给药量超过该批次数量。",
        item="EXLOT",
    ),
)

DOSE_RECORD_MISSING = check(
    "EX-12",
    "Q",
    "arm == 'MSC' and dose_record_missing == 'Y'",
    en="Dose record missing.",
    zh="缺少当日给药记录。",
    item="EOTDAT",  # the day up to which doses are owed; a row that is missing cannot be asked
)
