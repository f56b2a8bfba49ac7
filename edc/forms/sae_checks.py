"""The edit checks of serious adverse event reports."""

from __future__ import annotations

from edc.study.checks import Deviation, EditCheck, check

_RELATED = "('DEF', 'PROB', 'POSS')"
_NOT_RELATED = "('UNLK', 'NOT', 'NA')"
# E2B(R3) has no word for an interruption: the product was withdrawn for a time, or given on.
_OTHER_ACTION = (
    "AEACN == 'DRUG WITHDRAWN' and this.SAEACN != '1'"
    " or AEACN == 'DOSE REDUCED' and this.SAEACN != '2'"
    " or AEACN == 'DOSE NOT CHANGED' and this.SAEACN != '4'"
    " or AEACN == 'DRUG INTERRUPTED' and this.SAEACN not in ('1', '4')"
    " or AEACN == 'NOT APPLICABLE' and this.SAEACN != '9'"
    " or AEACN == 'UNKNOWN' and this.SAEACN != '0'"
)


def _agrees(differs: str, item: str) -> EditCheck:
    """Declare SAE-03 of a value that the report shares with its row of AE."""
    return check(
        "SAE-03",
        "Q",
        f"any(AE, row == this.row and ({differs}))",
        en="SAE and AE do not agree (reconciliation list).",
        zh="SAE与AE不一致（一致性核对）。",
        item=item,
    )


def _tells_no_arm(item: str) -> EditCheck:
    """Declare SAE-07 of a text that stands in the masked version too."""
    return check(
        "SAE-07",
        "H",
        f"'{item}' in texts_telling_arm",
        en="Two versions: masked for the site, unmasked for authority.",
        zh="须分别生成盲态与揭盲版本。",
        item=item,
    )


def _deadline(is_reached: str, item: str) -> EditCheck:
    """Declare one of the two alerts of SAE-04: day 5 and day 7, or day 12 and day 15."""
    return check(
        "SAE-04",
        "S",
        is_reached,
        en="SUSAR deadline.",
        zh="SUSAR时限提醒。",
        item=item,
    )


SAE_CHECKS = (
    # A report that was sent late goes on counting: the deviation stands when it has been sent.
    check(
        "SAE-01",
        "S",
        "sae_clock in ('late', 'met_late')",
        en="Late: alert to PI and sponsor; deviation proposed.",
        zh="超过24小时未上报，通知PI与申办者并建议记录偏离。",
        item="SAEAWDTM",
        proposes=Deviation("SAFE", "MAJ"),
    ),
    check(
        "SAE-02",
        "S",
        "sae_clock == 'due_soon'",
        en="Reminder: 6 hours left.",
        zh="提醒：距24小时时限剩余6小时。",
        item="SAEAWDTM",
    ),
    _agrees("AEREL != this.SAERELI", "SAERELI"),
    _agrees(_OTHER_ACTION, "SAEACN"),
    _agrees("AESER == 'N'", "SAETYPE"),
    _deadline("susar_clock in ('due_soon', 'late')", "SUSSUB"),
    _deadline("empty(SUSSUB) and today >= SUSDUE", "SUSDUE"),
    check(
        "SAE-05",
        "H",
        "report_asked == 'Y' and (empty(SAESUBDTM) and (empty(SAEREP) or empty(SAEDX))"
        " or SAETYPE == 'FINAL' and (empty(SAENARR) or empty(SAERELI)))",
        en="Minimum content missing. Nothing else may hold back a first report.",
        zh="缺少最低必填内容（首次报告仅需四要素，其余不得阻止上报）。",
        item="SAENARR",
    ),
    check(
        "SAE-06",
        "Q",
        f"SAERELI in {_RELATED} and SAERELS in {_NOT_RELATED}"
        f" or SAERELI in {_NOT_RELATED} and SAERELS in {_RELATED}",
        en="The more cautious view counts for SUSAR.",
        zh="双方判断不一致时按较保守者处理。",
        item="SAERELS",
    ),
    *map(_tells_no_arm, ("SAEDX", "SAEDXEN", "SAEDTHC", "SAELAB")),
)
