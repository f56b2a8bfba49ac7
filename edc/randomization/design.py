"""The design of a randomisation: arms, ratio, strata, block sizes, length and target."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from edc.errors import InstallationFault, Refused
from edc.study.label import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST_CODE: Final = 16
_CODE: Final = re.compile(rf"[A-Z][A-Z0-9_]{{0,{LONGEST_CODE - 1}}}")
SEPARATOR: Final = "/"
UNSTRATIFIED: Final = "ALL"


class DesignRefused(InstallationFault):
    """The declared design cannot be carried out."""


class StratumUnknown(Refused):
    """The levels given name no stratum of the design."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Name a treatment that can be allocated."""

    code: str
    label: Label = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Level:
    """Name one level of a stratification factor."""

    code: str
    label: Label = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class StratificationFactor:
    """Name a baseline characteristic within whose levels the arms are kept in balance."""

    code: str
    label: Label = field(kw_only=True)
    levels: tuple[Level, ...] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Stratum:
    """One combination of levels; its key joins their codes, such as ``ORAL/ALLO``."""

    key: str
    levels: tuple[Level, ...] = field(kw_only=True)

    @property
    def label(self) -> Label:
        """The levels' wording, joined."""
        if not self.levels:
            return Label(en="All participants", zh="全部受试者")
        return Label(
            en=" / ".join(level.label.en for level in self.levels),
            zh=" / ".join(level.label.zh for level in self.levels),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Declare a stratified permuted-block randomisation; a design that is wrong does not build.

    :param study: the study's code, such as ``NCT06599346``; a list of another study is foreign.
    :param ratio: participants per arm, in the order of the arms, such as ``(1, 1)``.
    :param factors: none gives a single stratum named ``ALL``.
    :param block_sizes: participants per block, smallest first; each is a multiple of the ratio's
        sum. With several, the size of each block is drawn at random.
    :param slots_per_stratum: length of each stratum's list.
    :param target: participants to randomise in all.
    :raises DesignRefused: when it cannot be carried out.
    """

    study: str
    arms: tuple[Arm, ...]
    ratio: tuple[int, ...]
    factors: tuple[StratificationFactor, ...] = ()
    block_sizes: tuple[int, ...]
    slots_per_stratum: int
    target: int

    def __post_init__(self) -> None:
        """Refuse what cannot be carried out."""
        _require_codes(Label(en="Study", zh="研究"), [self.study], least=1)
        _require_codes(Label(en="Arms", zh="组别"), (arm.code for arm in self.arms), least=2)
        _require_codes(
            Label(en="Stratification factors", zh="分层因素"),
            (factor.code for factor in self.factors),
            least=0,
        )
        for factor in self.factors:
            _require_codes(factor.label, (level.code for level in factor.levels), least=2)
        self._require_ratio()
        self._require_block_sizes()
        if not _is_count(self.target):
            raise refused_design(
                en="The target must be a whole number of participants, at least 1.",
                zh="目标例数须为不小于1的整数。",
            )
        if not _is_count(self.slots_per_stratum) or self.slots_per_stratum < self.target:
            raise refused_design(
                en="Each stratum needs at least as many slots as the target ({target}), so that "
                "none can run out; {found!r} were given.",
                zh="每层序号数不得少于目标例数（{target}），以免用尽；现为{found!r}。",
                target=self.target,
                found=self.slots_per_stratum,
            )

    def _require_ratio(self) -> None:
        if len(self.ratio) != len(self.arms) or not all(map(_is_count, self.ratio)):
            raise refused_design(
                en="The ratio needs one positive whole number for each of the {arms} arms; "
                "{found!r} was given.",
                zh="分配比例须为{arms}个组各给出一个正整数；现为{found!r}。",
                arms=len(self.arms),
                found=self.ratio,
            )

    def _require_block_sizes(self) -> None:
        if not self.block_sizes:
            raise refused_design(en="No block size is given.", zh="未给出区组长度。")
        unit = sum(self.ratio)
        for size in self.block_sizes:
            if not _is_count(size) or size % unit:
                raise refused_design(
                    en="Block size {size!r} is not a positive multiple of {unit}, the sum of the "
                    "ratio.",
                    zh="区组长度{size!r}不是分配比例之和（{unit}）的正整数倍。",
                    size=size,
                    unit=unit,
                )
        if list(self.block_sizes) != sorted(set(self.block_sizes)):
            raise refused_design(
                en="Give each block size once, smallest first; {found!r} was given.",
                zh="区组长度须由小到大且不重复；现为{found!r}。",
                found=self.block_sizes,
            )

    def strata(self) -> tuple[Stratum, ...]:
        """List the strata, the last factor varying fastest."""
        if not self.factors:
            return (Stratum(UNSTRATIFIED, levels=()),)
        return tuple(
            Stratum(SEPARATOR.join(level.code for level in levels), levels=levels)
            for levels in product(*(factor.levels for factor in self.factors))
        )

    def stratum_of(self, levels: Mapping[str, str]) -> Stratum:
        """Return the stratum to which a participant belongs.

        :param levels: for each factor's code the code of the participant's level, and no more.
        :raises StratumUnknown: when a factor is missing, or a level or factor is not declared.
        """
        if set(levels) == {factor.code for factor in self.factors}:
            key = SEPARATOR.join(levels[factor.code] for factor in self.factors) or UNSTRATIFIED
            for stratum in self.strata():
                if stratum.key == key:
                    return stratum
        raise StratumUnknown(
            Label(
                en="The stratum cannot be determined: check the answers it is made from.",
                zh="无法确定所属分层，请核对分层因素的填写。",
            ),
            rule="STRATUM",
        )

    def arm(self, code: str) -> Arm:
        """Return the arm with this code.

        :raises KeyError: when the design has no such arm.
        """
        return {arm.code: arm for arm in self.arms}[code]

    def parameters(self) -> dict[str, Any]:
        """Return, as plain values, everything on which a list depends.

        Wording is left out, so that correcting a label does not make a loaded list foreign; so is
        the target, at which recruitment closes without any change to the list.
        """
        return {**self.public_parameters(), "block_sizes": list(self.block_sizes)}

    def public_parameters(self) -> dict[str, Any]:
        """Return :meth:`parameters` without the block sizes, which no site may know."""
        return {
            "study": self.study,
            "arms": [arm.code for arm in self.arms],
            "ratio": list(self.ratio),
            "factors": [
                {"code": factor.code, "levels": [level.code for level in factor.levels]}
                for factor in self.factors
            ],
            "slots_per_stratum": self.slots_per_stratum,
        }

    def fingerprint(self) -> str:
        """Return the SHA-256 of :meth:`parameters` as 64 hexadecimal digits.

        Block sizes can be guessed from it by trial; it belongs on no screen of a site.
        """
        text = json.dumps(self.parameters(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def refused_design(
    *, en: str, zh: str, owner: Label | None = None, **values: object
) -> DesignRefused:
    """Return the refusal of a design, its sentence filled in and the owner named before it."""
    message = Label(en=en, zh=zh).filled(**values)
    if owner:
        message = Label(en=f"{owner.en}: {message.en}", zh=f"{owner.zh}：{message.zh}")
    return DesignRefused(message, rule="DESIGN")


def _require_codes(owner: Label, codes: Iterable[str], *, least: int) -> None:
    found = list(codes)
    if len(found) < least:
        raise refused_design(
            en="at least {least} are needed, {found} given.",
            zh="至少需要{least}个，现有{found}个。",
            owner=owner,
            least=least,
            found=len(found),
        )
    for code in found:
        if not _CODE.fullmatch(code):
            raise refused_design(
                en="the code {code!r} must begin with a capital letter and hold only "
                "capital letters, digits and underscores, at most {longest} characters.",
                zh="代码{code!r}须以大写字母开头，仅含大写字母、数字和下划线，"
                "且不超过{longest}个字符。",
                owner=owner,
                code=code,
                longest=LONGEST_CODE,
            )
        if found.count(code) > 1:
            raise refused_design(
                en="the code {code!r} is given twice.",
                zh="代码{code!r}重复。",
                owner=owner,
                code=code,
            )
