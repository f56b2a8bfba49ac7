"""The papers of an allocation list: its certificate, and the sheets of the sealed envelopes.

The certificate is read by everybody and tells no block size. The sheets hold every arm in clear:
they are made where they are printed, and destroyed when they are sealed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edc.export.pdf import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from edc.randomization.design import Design
    from edc.randomization.lists import AllocationList, Slot
    from edc.study.study import Study


def certificate(
    document: Mapping[str, Any],
    *,
    study: Study,
    design: Design,
    made_on: date,
    keys: Mapping[str, str],
) -> bytes:
    """Return the one-page certificate, in both languages, with its two signature lines.

    :param document: the public commitment, of format ``edc-commitment/1``.
    :param keys: the fingerprints of the keys for which the list is sealed, by recipient.
    """
    return render(
        "certificate.html",
        style="certificate.css",
        study=study,
        document=document,
        arms=[
            {"code": arm.code, "en": arm.label.en, "zh": arm.label.zh, "share": share}
            for arm, share in zip(design.arms, design.ratio, strict=True)
        ],
        factors=design.factors,
        strata=len(design.strata()),
        list_id=grouped(document["list_id"]),
        sha256=grouped(document["sha256"]),
        root=grouped(document["root"]),
        header_hash=grouped(document["header_hash"]),
        keys={name: grouped(fingerprint) for name, fingerprint in keys.items()},
        made_on=made_on.isoformat(),
    )


def envelope_sheets(
    made: AllocationList, *, study: Study, wanted: Iterable[Slot] | None = None
) -> bytes:
    """Return the sheets of the envelopes in the order of the strata, a page a slot.

    :param wanted: which slots; every one of the list when not given.
    """
    strata = {stratum.key: stratum for stratum in made.design.strata()}
    arms = {arm.code: arm for arm in made.design.arms}
    slots = made.slots if wanted is None else tuple(wanted)
    return render(
        "envelopes.html",
        style="envelopes.css",
        study=study,
        list_id=grouped(made.list_id),
        is_test=made.purpose == "test",
        sheets=[
            {
                "stratum": strata[slot.stratum],
                "sequence": slot.sequence,
                "arm": arms[slot.arm],
            }
            for slot in slots
        ],
        arms=list(arms.values()),
        counts=[
            (stratum, sum(slot.stratum == stratum.key for slot in slots))
            for stratum in strata.values()
        ],
    )


def grouped(digits: str) -> list[str]:
    """Return hexadecimal digits in groups of four, as people compare them."""
    return [digits[start : start + 4] for start in range(0, len(digits), 4)]
