"""A safety report as it was sent, as a reader may see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edc.protocol import STUDY
from edc.randomization.masking import is_restricted, is_visible
from edc.services.safety_reports import digest

if TYPE_CHECKING:
    from edc.label import Language
    from edc.models import SafetyReport
    from edc.permissions import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A version that was sent, as a reader may see it.

    :param sections: labels with the answers they hold, each a label and its words.
    :param is_masked: what would tell an arm is left out.
    :param is_intact: the content is what was sent.
    """

    report: SafetyReport
    participant: str
    sections: list[tuple[str, list[tuple[str, str]]]]
    is_masked: bool
    is_intact: bool
    names_product: bool


def view(
    report: SafetyReport, *, role: Role, language: Language, masked: bool = False
) -> ReportView:
    """Return a version that was sent, in one language, without what *role* may not know.

    :param masked: leave out what would tell an arm whoever asks: the version to hand to others.
    """
    content = json.loads(report.content)

    def may_read(code: str) -> bool:
        if masked:
            return not is_restricted(report.form, item=code)
        return is_visible(role, form=report.form, item=code)

    crf = STUDY.crfs[report.form]
    sections = []
    for section in content["sections"]:
        kept = [one for one in section["items"] if may_read(one["code"])]
        if kept:
            told = [(one["label"][language], one["text"][language]) for one in kept]
            sections.append((section["label"][language], told))
    return ReportView(
        report=report,
        participant=content["participant"],
        sections=sections,
        is_masked=not all(may_read(code) for code in crf.by_code),
        is_intact=digest(report.content) == report.content_sha256,
        names_product=any(
            one["code"] == "SAEDRUG" for section in content["sections"] for one in section["items"]
        ),
    )
