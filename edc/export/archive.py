"""The trail as an archive with all that is needed to check the allocations without this system."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edc import clock
from edc.errors import InstallationFault
from edc.randomization import verifier
from edc.randomization.commitment import write_document as write_commitment
from edc.randomization.proof import write_document as write_proof
from edc.services.proofs import find_commitment, find_proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

    from edc.randomization.design import Design
    from edc.randomization.lists import Purpose
    from edc.randomization.sealing import SealingKey
    from edc.services.proofs import Reader

_LONGEST_MARK: Final = 16  # digits of the root in a file's name


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an export holds beside the trail; both None when no list is loaded.

    :param is_damaged: what is stored of the list is too damaged to make them.
    """

    commitment: Mapping[str, object] | None = None
    proof: Mapping[str, object] | None = None
    is_damaged: bool = False

    @property
    def mark(self) -> str:
        """The first digits of the root, by which a file says to which list it belongs."""
        return "" if self.commitment is None else str(self.commitment["root"])[:_LONGEST_MARK]

    def facts(self) -> dict[str, object]:
        """Return the commitment as the record of an export states it."""
        return {} if self.commitment is None else {"root": self.commitment["root"]}


def no_evidence(_session: Session) -> Evidence:
    """Return what there is before a list is loaded."""
    return Evidence()


def find_evidence(
    session: Session,
    *,
    design: Design,
    purpose: Purpose,
    key: SealingKey,
    reader: Reader,
    with_proof: bool,
) -> Evidence:
    """Return the loaded list's commitment and, if asked, the proof of all allocations."""
    commitment = None
    try:
        commitment = find_commitment(session, purpose=purpose)
        proof = with_proof and find_proof(
            session, design=design, purpose=purpose, key=key, reader=reader
        )
    except InstallationFault:  # the trail must be had all the same
        return Evidence(commitment, is_damaged=True)
    return Evidence(commitment, proof or None)


_README: Final = """\
THE AUDIT TRAIL, AND HOW TO CHECK THE ALLOCATIONS

trail.jsonl       the audit trail, one entry a line (JSON Lines, UTF-8)
commitment.json   what was published of the allocation list before the first participant
proof.json        every allocation, with the hashes that lead from its slot to the commitment
verifier.py       the check: Python 3.8 or later, nothing else, no network

    python verifier.py commitment.json proof.json {trail}

Use the commitment that you kept since it was published instead of the copy here; a copy that comes
with the proof shows only that the files fit one another. Exit code 0 means that everything holds.
{note_en}
稽查轨迹与随机分配的核查方法

trail.jsonl       稽查轨迹，每行一条记录（JSON Lines，UTF-8）
commitment.json   首例受试者随机前公布的随机列表承诺
proof.json        全部随机分配，及由各序号推导至承诺根的哈希值
verifier.py       核查程序：只需Python 3.8及以上版本，无需其他软件和网络

    python verifier.py commitment.json proof.json {trail}

请以您自公布之日起自行保存的承诺文件替代此处的副本；随证明一同取得的副本只能说明各文件相互吻合。
退出码为0表示全部一致。
{note_zh}"""
_FILTERED: Final = (
    "\nThis trail is filtered, so it lacks allocations: the check is run without it.\n",
    "\n本轨迹为筛选结果，不含全部随机分配，故核查时不使用轨迹文件。\n",
)
_NO_LIST: Final = (
    "\nThere is no commitment and no proof here, because no allocation list is loaded.\n",
    "\n尚未载入随机列表，故无承诺文件和证明文件。\n",
)
_NO_PROOF: Final = (
    """
THE PROOF COULD NOT BE MADE: what is stored of the list is damaged.
Run `edc randomization verify` and call the statistician.
""",
    "\n无法生成证明：所存随机列表已损坏。请运行 edc randomization verify 并联系统计师。\n",
)


def readme(evidence: Evidence, *, is_filtered: bool) -> str:
    """Return what stands beside the files: what they are and how they are checked."""
    note = ("", "")
    if evidence.is_damaged:
        note = _NO_PROOF
    elif evidence.commitment is None:
        note = _NO_LIST
    elif is_filtered:
        note = _FILTERED
    trail = "" if is_filtered else "trail.jsonl"
    return _README.format(trail=trail, note_en=note[0], note_zh=note[1])


def archive_chunks(
    trail: Iterable[bytes], evidence: Evidence, *, is_filtered: bool
) -> Iterator[bytes]:
    """Yield a ZIP of the trail and of what checks the allocations in it."""
    members: list[tuple[str, Iterable[bytes]]] = [
        ("README.txt", [readme(evidence, is_filtered=is_filtered).encode()]),
    ]
    if evidence.commitment is not None:
        members.append(("commitment.json", [write_commitment(evidence.commitment).encode()]))
    if evidence.proof is not None:
        members.append(("proof.json", [write_proof(evidence.proof).encode()]))
    members.append(("verifier.py", [verifier.source()]))
    return zip_chunks([*members, ("trail.jsonl", trail)])


class _Passing(io.RawIOBase):
    """A file that cannot be wound back: what is written is taken away at once."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        given = bytes(content)  # type: ignore[call-overload]
        self.waiting += given
        return len(given)

    def taken(self) -> bytes:
        content = bytes(self.waiting)
        self.waiting.clear()
        return content


def zip_chunks(members: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """Yield a ZIP file while it is being made; nothing is kept on disk or in memory.

    :param members: name and content of each file, in their order.
    """
    at = clock.local(clock.now()).timetuple()[:6]
    out = _Passing()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name, date_time=at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                for chunk in content:
                    member.write(chunk)
                    yield out.taken()
    yield out.taken()
