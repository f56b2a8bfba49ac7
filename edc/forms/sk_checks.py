"""The edit checks of the skin assessment; those about a lesion are asked of each of its rows."""

from __future__ import annotations

from edc.study.checks import check

# An infection recorded at such a site may be the one seen at the lesion, unless it was over by then.
_INFECTION = (
    "any(INF, INFSITE in ('SKIN', 'BSI', 'DISS') and not INFENDAT < this.SKDAT) or "
    "any(AE, entry(AECTCID, 'soc') == 'Infections and infestations' and not AEENDAT < this.SKDAT)"
)

SK_CHECKS = (
    check(
        "SK-01",
        "H",
        "SLWID > SLLEN",
        en="Length is the longer one.",
        zh="长径应不小于宽径。",
    ),
    check(
        "SK-02",
        "Q",
        "SLHEAL == 'Y' and (SLLEN > 0 or SLWID > 0) or SLHEAL == 'N' and SLAREA == 0",
        en="Healing and size do not agree.",
        zh="愈合与面积不一致。",
    ),
    check(
        "SK-03",
        "Q",
        "SKGVST == 1 and SKBSA >= 25 or SKGVST == 2 and (SKBSA < 25 or SKBSA > 50) or SKGVST >= 3 and SKBSA <= 50",
        en="GVHD stage does not fit the surface.",
        zh="GVHD皮肤分期与受累面积不符。",
    ),
    check(
        "SK-04",
        "Q",
        "lesion_moved == 'Y'",
        en="Lesion changed place or type.",
        zh="皮损部位或类型与首次记录不同。",
        item="SLLOC",
    ),
    check(
        "SK-05",
        "Q",
        "lesion_left_out == 'Y'",
        en="Lesion row missing.",
        zh="缺少该皮损记录。",
        item="SLNUM",
    ),
    check(
        "SK-06",
        "Q",
        "SLAREA > 2 * previous.SLAREA",
        en="Area more than doubled.",
        zh="面积较上次增加1倍以上。",
    ),
    check(
        "SK-07",
        "Q",
        f"SLINF == 'Y' and not ({_INFECTION})",
        en="Infection signs without infection record.",
        zh="有感染征象但无感染/不良事件记录。",
    ),
)
