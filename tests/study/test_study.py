"""A study that is wrong does not build, and says every mistake by file and item."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from edc.label import Label
from edc.study.checks import check
from edc.study.codebook import codebook
from edc.study.codelists import CodeList, Unit
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Part, Section
from edc.study.facts import Fact
from edc.study.items import (
    Calculated,
    Choice,
    Conversion,
    DecimalNumber,
    Integer,
    Item,
    Reference,
    Table,
    Text,
    between,
)
from edc.study.study import StudyInvalidError
from edc.study.visits import Schedule, Window, planned
from tests.study.small_study import (
    AE,
    ICV,
    INJ,
    NY,
    OM,
    SCHEDULE,
    YEAR,
    both,
    build,
    double_weight,
    with_item,
    with_more,
)

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope


def crfs(*changed: Crf) -> dict[str, Any]:
    named = {crf.code: crf for crf in changed}
    return {"all_crfs": tuple(named.get(crf.code, crf) for crf in (INJ, OM, AE))}


def visits(place: int, /, **changes: Any) -> dict[str, Any]:
    found = list(SCHEDULE.visits)
    found[place] = replace(found[place], **changes)
    return {"schedule": Schedule(tuple(found))}


def text(code: str = "NEW", **declared: Any) -> Text:
    return Text(code=code, label=both("New"), **declared)


def checked(when: str, severity: str = "Q", **declared: Any) -> dict[str, Any]:
    rule = check("INJ-99", severity, when, en="Check.", zh="请核对。", **declared)
    return crfs(replace(INJ, checks=(*INJ.checks, rule)))


def shown(when: str) -> dict[str, Any]:
    return crfs(with_more(INJ, text(shown_when=parse(when))))


def undocumented(scope: RecordScope) -> str | None:
    return scope.text("WEIGHT")


def calculated(code: str = "CALC", **declared: Any) -> Calculated:
    return Calculated(code=code, label=both("Derived"), **({"rule": double_weight} | declared))


def declared(name: str, reads: tuple[str, ...]) -> dict[str, Any]:
    return {"all_facts": (Fact(name=name, rule=double_weight, reads=reads),)}


def grouped(**declared: Any) -> Crf:
    """Return OM with a group of numbered rows."""
    number = Integer(code="NUMBER", label=both("Number"), unit=YEAR)
    usual = {"row_label": both("Row"), "numbered": "NUMBER", "repeats": 3}
    section = Section(code="ROWS", label=both("Rows"), items=(number,), **(usual | declared))
    return replace(OM, sections=(*OM.sections, section))


FORMS = "edc/forms/inj.py: INJ"
CHECK = "edc/forms/inj.py: check INJ-99"
VISIT = "edc/protocol.py: visit"
PANEL = Part("A", both("Panel A"))
PLANTED: list[tuple[dict[str, Any], str, str]] = [
    ({"all_crfs": (INJ, INJ, OM, AE)}, FORMS, "this CRF code is used twice"),
    (crfs(with_more(INJ, text("AGE"))), f"{FORMS}.AGE", "this item is declared twice"),
    (crfs(replace(INJ, checks=INJ.checks * 2)), "edc/forms/inj.py: INJ: check INJ-01", "twice"),
    (crfs(with_item(INJ, "AGE", unit=None)), f"{FORMS}.AGE", "needs a unit"),
    (crfs(with_item(INJ, "AGE", scale=(both("0"), both("9")), hard=None)), f"{FORMS}.AGE",
     "a lowest and a highest number"),
    (crfs(with_item(INJ, "AGE", only_arm="MSC")), f"{FORMS}.AGE", "of one arm only"),
    (crfs(replace(OM, parts=(PANEL, PANEL))), "om.py: OM", "declares a part twice"),
    (crfs(replace(AE, parts=(PANEL,))), "ae.py: AE", "only a CRF of visits can have them"),
    (crfs(replace(OM, sections=(replace(OM.sections[0], part="B"),), parts=(PANEL,))),
     "om.py: OM section", "belongs to the part B, which is not declared"),
    (crfs(replace(OM, parts=(PANEL,))), VISIT, "plans the part '' of OM, which has the parts A"),
    (crfs(grouped(row_label=None)), "om.py: OM section ROWS", "what a row is called"),
    (crfs(grouped(numbered="")), "om.py: OM section ROWS", "holds the number of the row"),
    (crfs(grouped(kept=("SIZE",))), "om.py: OM section ROWS", "by SIZE, which it does not have"),
    (crfs(replace(grouped(), checks=(check("OM-99", "Q", "NUMBER > 3", en="x", zh="x",
        item="OMWHO"),))), "om.py: OM check OM-99", "reads NUMBER, of which a record may have"),
    (crfs(grouped(), replace(INJ, checks=(check("INJ-99", "Q", "AGE > 3 and OM.NUMBER > 3",
        en="x", zh="x"),))), CHECK, "reads OM.NUMBER, of which a record may have several"),
    (crfs(with_more(OM, DecimalNumber(code="D", label=both("D")))), "om.py: OM.D", "needs a unit"),
    (
        crfs(with_more(INJ, Table(code="T", label=both("T"),
            columns=(Integer(code="N", label=both("N")),)))),
        f"{FORMS}.T.N",
        "needs a unit",
    ),
    (crfs(with_more(INJ, Table(code="T", label=both("T")))), f"{FORMS}.T", "needs columns"),
    (
        crfs(with_more(OM, DecimalNumber(code="D", label=both("D"), unit=YEAR,
            converted=Conversion("OMWHO", YEAR, "10")))),
        "om.py: OM.D",
        "is converted from OMWHO, which is no number of OM",
    ),
    (shown("OARL == 'Y'"), f"{FORMS}.NEW shown_when", "reads INJ.OARL, but INJ has no such item"),
    (shown("XX.ORAL == 'Y'"), f"{FORMS}.NEW shown_when", "there is no CRF XX"),
    (shown("OM.OMWH0 == 3"), f"{FORMS}.NEW shown_when", "OM has no such item"),
    (shown("previous.OARL == 'Y'"), f"{FORMS}.NEW shown_when", "INJ has no such item"),
    (shown("any(OM, ORAL == 'Y')"), f"{FORMS}.NEW shown_when", "OM has no such item"),
    (shown("any(QQ)"), f"{FORMS}.NEW shown_when", "there is no CRF QQ"),
    (shown("ORAL == 'J'"), f"{FORMS}.NEW shown_when", "compares ORAL with 'J', which it never is"),
    (shown("'RTX' in CAUSE"), f"{FORMS}.NEW shown_when", "compares CAUSE with 'RTX'"),
    (shown("OM.OMWHO in ('0', '7')"), f"{FORMS}.NEW shown_when", "compares OM.OMWHO with '7'"),
    (shown("OM.OMWHO == 2"), f"{FORMS}.NEW shown_when", "compares OM.OMWHO with '2'"),
    (shown("any(OM, OMWHO != '4')"), f"{FORMS}.NEW shown_when", "compares OMWHO with '4'"),
    (shown("at('V7', OM.OMWHO) == '4'"), f"{FORMS}.NEW shown_when", "compares OM.OMWHO with '4'"),
    (shown("previous.ORAL == 'y'"), f"{FORMS}.NEW shown_when", "compares previous.ORAL with 'y'"),
    (shown("visit in ('SCR', 'V9')"), f"{FORMS}.NEW shown_when", "compares visit with 'V9'"),
    (shown("at('V9', OM.OMWHO) == 3"), f"{FORMS}.NEW shown_when", "names the visit V9"),
    (shown("arm == 'MSC'"), f"{FORMS}.NEW shown_when", "reads the arm"),
    (shown("ORAL == 'Y' and not arm == 'SOC'"), f"{FORMS}.NEW shown_when", "reads the arm"),
    (shown("previous.arm == 'SOC'"), f"{FORMS}.NEW shown_when", "reads the arm"),
    (shown("any(OM, this.arm == 'SOC')"), f"{FORMS}.NEW shown_when", "reads the arm"),
    (
        crfs(with_item(INJ, "AGE", required=parse("arm == 'MSC'"))),
        f"{FORMS}.AGE required",
        "reads the arm",
    ),
    (
        shown("OM.OMWHO == 3") | {"restricted": frozenset({("OM", "OMWHO")})},
        f"{FORMS}.NEW shown_when",
        "would tell the browser the arm",
    ),
    (
        shown("any(OM)") | {"restricted": frozenset({("OM", "*")})},
        f"{FORMS}.NEW shown_when",
        "would tell the browser the arm",
    ),
    (
        checked("ORAL == 'Y'", "H", item="INJDAT") | {"restricted": frozenset({("INJ", "ORAL")})},
        CHECK,
        "would tell the arm by refusing at INJDAT",
    ),
    (checked("arm == 'SOC' and ORAL == 'Y'", "H"), CHECK, "would tell the arm by refusing at ORAL"),
    (checked("scope == 'Y'"), CHECK, "reads the fact scope, which nobody declares"),
    (checked("self == 'Y'"), CHECK, "reads the fact self, which nobody declares"),
    (declared("today", ()), "edc/forms/facts.py: today", "a declared fact cannot have"),
    (declared("Doses", ()), "edc/forms/facts.py: Doses", "a declared fact cannot have"),
    (declared("doses", ("EX.*",)), "edc/forms/facts.py: doses", "no CRF EX"),
    (declared("doses", ("INJ.NO",)), "edc/forms/facts.py: doses", "no such item"),
    (declared("doses", ("kits",)), "edc/forms/facts.py: doses", "the fact kits"),
    (shown("doses == 1") | declared("doses", ()), f"{FORMS}.NEW shown_when", "the fact doses"),
    (shown("any(OM, OMWHO == this.AGE)"), f"{FORMS}.NEW shown_when", "a browser cannot follow"),
    (shown("INJ.ORAL == 'Y'"), f"{FORMS}.NEW shown_when", "name the item alone"),
    (shown("count(INJ) > 1"), f"{FORMS}.NEW shown_when", "name the item alone"),
    (
        crfs(with_item(AE, "AETERM", shown_when=parse("entry(VERSION, 'FROM') > AESTDAT"))),
        "edc/forms/ae.py: AE.AETERM shown_when",
        "looks up entry(VERSION)",
    ),
    (shown("NEW == 'x'"), f"{FORMS}.NEW shown_when", "depends on whether it is shown itself"),
    (
        crfs(with_item(INJ, "ORAL", shown_when=parse("OTHER == 'x'"))),
        f"{FORMS}.ORAL shown_when",
        "depends on whether it is shown itself",
    ),
    (crfs(with_item(INJ, "AGE", hard=between("AGEX", 5))), f"{FORMS}.AGE hard", "no such item"),
    (crfs(with_item(INJ, "AGE", soft=between(0, "OM.X"))), f"{FORMS}.AGE soft", "no such item"),
    (crfs(with_item(INJ, "AGE", hard=between(9, 2))), f"{FORMS}.AGE", "hard range is empty"),
    (crfs(with_item(INJ, "ORAL", expected="X")), f"{FORMS}.ORAL", "expects X, which is not in NY"),
    (crfs(with_item(INJ, "AGE", expected="5")), f"{FORMS}.AGE", "it has none"),
    (crfs(with_item(INJ, "ORAL", soft=between("AGE", None))), f"{FORMS}.ORAL", "must be constant"),
    (crfs(with_item(AE, "VERSION", to="ICVX")), "ae.py: AE.VERSION", "neither a register nor a"),
    (checked("ORAL == 'Y' and SKIN == 'N'"), CHECK, "reads INJ.SKIN"),
    (checked("ORAL == 'Y'", item="SKIN"), CHECK, "is shown at SKIN, which INJ does not have"),
    (checked("ORAL == 'YES'"), CHECK, "compares ORAL with 'YES'"),
    (checked("AGE > this.AGE"), CHECK, "says this.AGE outside any() and count()"),
    (checked("any(ICV, FROMX > this.INJDAT)"), CHECK, "ICV has no such item"),
    (crfs(replace(INJ, date_item="DAT")), FORMS, "is ordered by DAT, which it does not have"),
    (crfs(replace(INJ, date_item="ORAL")), FORMS, "is ordered by ORAL, which is not a date"),
    (crfs(replace(AE, row_title=("TERM",))), "ae.py: AE", "names its rows by TERM"),
    (crfs(with_more(OM, calculated(reads=("HEIGHT",)))), "om.py: OM.CALC", "no such item"),
    (crfs(with_more(OM, calculated(reads=("LB.X",)))), "om.py: OM.CALC", "there is no CRF LB"),
    (
        crfs(with_more(OM, calculated(reads=("LATER",)), calculated("LATER"))),
        "om.py: OM.CALC",
        "reads LATER, which is derived after it",
    ),
    (crfs(with_more(OM, calculated(rule=undocumented))), "om.py: OM.CALC", "no docstring"),
    (visits(0, crfs=(planned("XX"),)), f"{VISIT} SCR", "there is no such CRF"),
    (visits(0, crfs=(planned("AE"),)), f"{VISIT} SCR", "which belongs to no visit"),
    (visits(1, crfs=(planned("OM", "INJ.SKIN == 'Y'"),)), f"{VISIT} V7: OM when", "no such item"),
    (visits(1, crfs=(planned("OM", "INJ.ORAL == 'J'"),)), f"{VISIT} V7: OM when", "it never is"),
    (visits(1, crfs=(planned("OM", "ORAL == 'Y'"),)), f"{VISIT} V7: OM when", "no CRF is open"),
    (visits(2, code="V7"), f"{VISIT} V7", "is declared twice"),
    (visits(2, number="10"), f"{VISIT} V14", "has the number of another visit"),
    (visits(2, window=Window(6, 1)), f"{VISIT} V14", "its window overlaps that of V7"),
    ({"registers": (replace(ICV, key="NO"),)}, "edc/protocol.py: register ICV", "has the key NO"),
    (
        {"registers": (replace(ICV, items=(*ICV.items, Integer(code="N", label=both("N")))),)},
        "edc/protocol.py: register ICV.N",
        "needs a unit",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "place", "what"), PLANTED, ids=range(len(PLANTED)))
def test_a_planted_mistake_is_named_by_file_and_item(
    changes: dict[str, Any], place: str, what: str
) -> None:
    with pytest.raises(StudyInvalidError) as refusal:
        build(**changes)
    found = [str(problem) for problem in refusal.value.problems]

    assert any(place in line and what in line for line in found), found


def test_a_study_that_is_right_builds() -> None:
    assert list(build().crfs) == ["INJ", "OM", "AE"]


def test_every_mistake_is_told_at_once_and_not_only_the_first() -> None:
    wrong = with_item(with_item(INJ, "AGE", unit=None), "ORAL", expected="X")
    with pytest.raises(StudyInvalidError) as refusal:
        build(**crfs(replace(wrong, date_item="NO")))
    assert len(refusal.value.problems) == 3
    assert str(refusal.value).count("\n") == 2


def test_an_edit_check_may_read_the_arm_where_only_those_who_know_it_see_the_answer() -> None:
    hidden = {"restricted": frozenset({("INJ", "INJDAT")})}
    assert build(**checked("arm == 'MSC' and ORAL == 'Y'", item="INJDAT") | hidden)


@pytest.mark.parametrize(
    ("when", "is_restricted"),
    [
        ("ORAL == 'Y'", False),
        ("arm == 'SOC' and ORAL == 'Y'", True),
        ("any(OM, OMWHO == 3)", True),
        ("OM.OMWHO == 3", True),
        ("doses == 1", True),
        ("planned == 1", False),
    ],
)
def test_a_check_that_reads_the_arm_or_what_tells_it_is_restricted_itself(
    when: str, is_restricted: bool
) -> None:
    facts = (
        Fact(name="doses", rule=double_weight, reads=("given",)),
        Fact(name="given", rule=double_weight, reads=("OM.*",)),
        Fact(name="planned", rule=double_weight, reads=("AGE", "today")),
    )
    study = build(**checked(when), all_facts=facts, restricted=frozenset({("OM", "*")}))
    assert ("INJ-99" in study.restricted_checks) is is_restricted


def test_a_code_list_refuses_two_meanings_of_one_value() -> None:
    with pytest.raises(ValueError, match="repeats a value"):
        CodeList.of("X", "sponsor", ("1", "One", "一"), ("1", "Two", "二"))
    with pytest.raises(ValueError, match="empty"):
        CodeList.of("X", "sponsor")


def test_an_unscheduled_visit_has_a_number_of_its_own() -> None:
    study = build()
    unscheduled = study.find_visit("UNS12")
    assert unscheduled is not None
    assert unscheduled.code == "UNS"
    assert study.visit_number("UNS12") == 90.12
    assert study.visit_number("V7") == 10
    assert study.find_visit("V9") is None
    assert study.find_visit("SCR2") is None
    assert study.visit_number("") is None


def test_the_fingerprint_is_the_same_for_the_same_definition() -> None:
    assert build().fingerprint() == build().fingerprint()
    assert len(build().fingerprint()) == 64


OTHER: dict[str, Any] = {
    "label": Label(en="Another", zh="另一个"), "required": parse("ORAL == 'Y'"),
    "shown_when": parse("ORAL == 'N'"), "hint": both("Hint"), "hard": between(1, 2),
    "soft": between(1, 2), "soft_text": both("Soft"), "expected": "Y", "cdash": True,
    "sdtm": "XX.YY", "unit": Unit.of("kg"), "changed_by": frozenset({"pharmacist"}),
    "max_length": 7, "pattern": "[A-Z]+", "pattern_text": both("Pattern"), "step": 5, "places": 3,
    "codes": CodeList.of("NYX", "sponsor", ("Y", "Yes", "是"), ("N", "No", "否")), "to": "OM",
    "types": ("image/png",), "max_bytes": 9, "max_rows": 3, "reads": ("OMWHO",), "holds": "text",
    "columns": (Text(code="Z", label=both("Z")),),
    "rule": lambda _scope: None,
    "only_arm": "MSC", "scale": (both("None"), both("Worst")),
    "wording": double_weight,
    "scanned": True, "suggestions": ("mg",),
    "fills": False, "converted": Conversion("OMPCT", Unit.of("kg"), "2"),
}  # fmt: skip


@pytest.mark.parametrize(
    "kind", [Text, Integer, DecimalNumber, Choice, Reference, Table, Calculated]
)
def test_no_part_of_an_item_changes_without_changing_the_codebook(kind: type[Item]) -> None:
    declared: dict[str, Any] = {"code": "X", "label": both("X")}
    declared |= {"codes": NY} if kind is Choice else {}
    declared |= {"rule": double_weight} if kind is Calculated else {}
    declared |= {"to": "ICV"} if kind is Reference else {}
    if kind in (Integer, DecimalNumber):
        declared["unit"] = YEAR
    if kind is Table:
        declared["columns"] = (text(),)
    item = kind(**declared)
    before = codebook(build(**crfs(with_more(OM, item))))["crfs"][1]
    for part in fields(item):
        if part.name in ("code", "entries"):
            continue
        changed = replace(item, **{part.name: OTHER[part.name]})
        wrong_but_written = replace(OM, sections=with_more(OM, changed).sections)
        study = build()
        object.__setattr__(study, "all_crfs", (INJ, wrong_but_written, AE))
        assert codebook(study)["crfs"][1] != before, part.name


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "2"},
        {"target": 21},
        {"name": both("Other")},
        crfs(replace(INJ, label=both("Other"))),
        crfs(replace(INJ, checks=())),
        crfs(replace(AE, row_title=())),
        crfs(replace(AE, occurs=Occurs.ONCE)),
        crfs(with_item(INJ, "AGE", hard=between(18, 119))),
        visits(0, window=Window(0, 6)),
        visits(0, weekdays=frozenset({0})),
        visits(1, crfs=(planned("OM"),)),
        {"registers": (replace(ICV, label=both("Other")),)},
    ],
    ids=range(12),
)
def test_a_changed_definition_has_another_fingerprint(changes: dict[str, Any]) -> None:
    assert build(**changes).fingerprint() != build().fingerprint()
    assert codebook(build(**changes)) != codebook(build())


def test_a_check_is_shown_at_its_item_or_the_first_own_item_it_names() -> None:
    own = frozenset({"A", "B"})
    for when, at in [
        ("B == 1 and A == 2", "B"),
        ("OM.A == 1 and A == 2", "A"),
        ("any(AE, B == this.A) and B == 1", "A"),
        ("any(AE, B == 1)", ""),
        ("previous.B > A", "B"),
    ]:
        assert check("X-1", "Q", when, en="x", zh="x").at_item(own) == at
    assert check("X-1", "Q", "B == 1", en="x", zh="x", item="A").at_item(own) == "A"
