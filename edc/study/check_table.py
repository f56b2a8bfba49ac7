"""Every edit check of a study as a table for people, made from the declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.label import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.label import Language
    from edc.study.checks import EditCheck
    from edc.study.study import Study

_TITLE: Final = Label(en="Edit checks", zh="编辑核查")
_NOTE: Final = Label(
    en="Made from the declarations by `edc study checks`; do not edit by hand. "
    "H refuses the save, Q opens a query, W warns on the page, S is a notice or act of the system. "
    "A lower-case name in a condition is a fact; those that a rule works out are explained below.",
    zh="由`edc study checks`根据声明生成，请勿手工修改。"
    "H拒绝保存；Q生成质疑；W仅在页面提示；S为系统通知或动作。"
    "条件中的小写名称为“事实”，其中由规则推算者见文末说明。",
)
_COLUMNS: Final = (
    Label(en="Check", zh="核查"),
    Label(en="Kind", zh="类型"),
    Label(en="Fires when", zh="触发条件"),
    Label(en="Message", zh="提示"),
    Label(en="Deviation proposed", zh="建议的方案偏离"),
)
_MANY: Final = 8
_ALIKE: Final = Label(en="and alike at", zh="同样适用于")
_FACTS: Final = Label(en="Facts worked out by a rule", zh="由规则推算的事实")
_FACT_COLUMNS: Final = (
    Label(en="Fact", zh="事实"),
    Label(en="Rule", zh="规则"),
    Label(en="Reads", zh="依据"),
)


def check_table(study: Study) -> str:
    """Return the table as Markdown, in both languages."""
    return "\n".join([*_pages(study, "en"), "", *_pages(study, "zh"), ""])


def _pages(study: Study, language: Language) -> Iterator[str]:
    yield f"# {_TITLE.text(language)}"
    yield ""
    yield _NOTE.text(language)
    groups = [(crf.code, crf.label, crf.checks) for crf in study.all_crfs]
    groups += [(one.code, one.label, one.checks) for one in study.registers]
    for code, label, checks in groups:
        if checks:
            yield f"\n## {code} {label.text(language)}\n"
            yield from _head(_COLUMNS, language)
            yield from _lines(checks, language)
    if study.all_facts:
        yield f"\n## {_FACTS.text(language)}\n"
        yield from _head(_FACT_COLUMNS, language)
        for fact in study.all_facts:
            rule = " ".join((fact.rule.__doc__ or "").split())
            yield _row([f"`{fact.name}`", rule, ", ".join(f"`{read}`" for read in fact.reads)])


def _head(columns: tuple[Label, ...], language: Language) -> Iterator[str]:
    yield _row([column.text(language) for column in columns])
    yield _row(["---"] * len(columns))


def _lines(checks: tuple[EditCheck, ...], language: Language) -> Iterator[str]:
    """Return a line for each check; one that is asked of many items alike is told at the first."""
    told: set[str] = set()
    for rule in checks:
        alike = [one.item for one in checks if one.id == rule.id]
        if len(alike) < _MANY:
            yield _line(rule, language)
        elif rule.id not in told:
            told.add(rule.id)
            yield _line(rule, language, alike=", ".join(f"`{item}`" for item in alike[1:]))


def _line(rule: EditCheck, language: Language, *, alike: str = "") -> str:
    proposed = f"{rule.proposes.category} {rule.proposes.severity}" if rule.proposes else ""
    condition = f"`{rule.when.source}`"
    if alike:
        condition += f"; {_ALIKE.text(language)} {alike}"
    return _row([rule.id, str(rule.severity), condition, rule.message.text(language), proposed])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
