"""Free text that names a person by a number is noticed; other numbers are left in peace."""

from __future__ import annotations

import pytest

from edc.services.privacy import looks_identifying, names_arm


@pytest.mark.parametrize(
    "text",
    [
        "13800001234",
        "家属电话138 0000 1234，请回访",
        "电话：１３８００００１２３４",
        "tel 199-0000-1234.",
        "身份证11010119900307123X",
        "110101199003071234",
    ],
)
def test_a_mobile_or_identity_number_is_noticed(text: str) -> None:
    assert looks_identifying(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BK病毒3200000000拷贝/mL",
        "NCT06599346",
        "2024-03-18 10:20 体温36.8",
        "112800001234",
        "批号20240301138000012345",
        "110101199013071234",
        "110101199003071234567",
    ],
)
def test_other_numbers_are_not(text: str) -> None:
    assert not looks_identifying(text)


@pytest.mark.parametrize(
    "text",
    [
        "the nurse said MSC", "she gets msc.", "是MSC组", "ＭＳＣ", "SOC, I was told", "标准治疗",
        "saw the supernatant being drawn up", "正在使用培养上清", "in the control arm",
        "他在对照组",
    ],
)  # fmt: skip
def test_an_arm_named_in_words_is_noticed(text: str) -> None:
    assert names_arm(text)


@pytest.mark.parametrize(
    "text",
    ["overheard on the ward", "MSC-MucInj, visit 7", "social worker present", "在病房听到"],
)
def test_what_names_no_arm_passes(text: str) -> None:
    assert not names_arm(text)
