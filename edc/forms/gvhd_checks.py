"""The edit checks of the GVHD assessment: each stage against what it is staged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.study.checks import check

if TYPE_CHECKING:
    from collections.abc import Mapping

# Stage → what does not fit it, by the limits of AGVLIV, AGVLGI and AGVSKIN (MAGIC, adults).
_BILIRUBIN: Final = {
    0: "AGVBILI >= 34.2",
    1: "(AGVBILI < 34.2 or AGVBILI > 51.3)",
    2: "(AGVBILI <= 51.3 or AGVBILI > 102.6)",
    3: "(AGVBILI <= 102.6 or AGVBILI > 256.5)",
    4: "AGVBILI <= 256.5",
}
_SURFACE: Final = {
    0: "AGVBSA > 0",
    1: "(AGVBSA == 0 or AGVBSA >= 25)",
    2: "(AGVBSA < 25 or AGVBSA > 50)",
    3: "AGVBSA <= 50",
    4: "AGVBSA <= 50",
}
_VOLUME: Final = {
    0: "AGVSTOOL >= 500",
    1: "(AGVSTOOL < 500 or AGVSTOOL >= 1000)",
    2: "(AGVSTOOL < 1000 or AGVSTOOL > 1500)",
    3: "AGVSTOOL <= 1500",
}
_EPISODES: Final = {
    0: "AGVEPI >= 3",
    1: "(AGVEPI < 3 or AGVEPI > 4)",
    2: "(AGVEPI < 5 or AGVEPI > 7)",
    3: "AGVEPI <= 7",
}
# Volume or number stages the gut, so one that fits is enough.  Stage 4 is pain, ileus or blood.
_STOOLS: Final = {
    stage: f"({_VOLUME[stage]} and (empty(AGVEPI) or {_EPISODES[stage]})"
    f" or empty(AGVSTOOL) and {_EPISODES[stage]})"
    for stage in _VOLUME
}


def _misfit(item: str, by_stage: Mapping[int, str]) -> str:
    """Return the expression that is true when a stage does not fit what it is staged by."""
    return " or ".join(f"{item} == {stage} and {misfit}" for stage, misfit in by_stage.items())


CHECKS = (
    check(
        "GVHD-01",
        "Q",
        "AGVYN == 'Y' and HSCT.HCTTYP == 'AUTO'",
        en="GVHD after autologous transplant: confirm type.",
        zh="自体移植一般无GVHD，请确认移植类型。",
    ),
    check(
        "GVHD-02",
        "Q",
        _misfit("AGVLIV", _BILIRUBIN),
        en="Liver stage does not fit bilirubin.",
        zh="肝脏分期与胆红素不符。",
    ),
    check(
        "GVHD-03",
        "Q",
        _misfit("AGVLGI", _STOOLS),
        en="Lower gut stage does not fit stools.",
        zh="下消化道分期与腹泻量不符。",
    ),
    check(
        "GVHD-04",
        "Q",
        _misfit("AGVSKIN", _SURFACE),
        en="Skin stage does not fit the surface.",
        zh="皮肤分期与面积不符。",
    ),
    check(
        "GVHD-05",
        "Q",
        "any(SK, SKDAT == this.GVDAT and SKGVST != this.AGVSKIN)",
        en="Skin stage differs between forms.",
        zh="与皮肤评估表分期不一致。",
        item="AGVSKIN",
    ),
)
