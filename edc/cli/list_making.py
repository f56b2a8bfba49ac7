"""What the statistician does away from the server: no database, no settings, no network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from edc.randomization.lists import Purpose

if TYPE_CHECKING:
    from edc.randomization.list_keys import ListKey
    from edc.randomization.lists import AllocationList

_OWNER_ONLY = 0o600
_ASKED = "Passphrase of the recovery key · 恢复密钥口令"

SEALED = "list.sealed.json"
COMMITMENT = "commitment.json"
CERTIFICATE = "certificate.pdf"
RECOVERY_KEY = "recovery-key.json"
ENVELOPES = "envelopes.pdf"

_IN_CLEAR = (
    f"{ENVELOPES} shows every arm in clear: print it now, alone, then delete it.\n"
    f"{ENVELOPES}载有全部组别：请立即在无他人时打印，随后删除。"
)

_sealed = click.argument("sealed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_recovery = click.option(
    "--recovery-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The statistician's own key; its passphrase is asked for.",
)
_for_key = click.option(
    "--key",
    "public",
    required=True,
    help="The installation's public key, as `edc randomization keys` prints it there.",
)


@click.command()
@_for_key
@click.option(
    "--purpose", type=click.Choice(get_args(Purpose)), required=True, help="What it is for."
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="A directory not there yet."
)
@click.option(
    "--envelopes",
    is_flag=True,
    help="Also write the sheets of the sealed envelopes now: they show every arm in clear.",
)
@click.option(
    "--seed",
    "is_known",
    is_flag=True,
    help="Ask for the seed of a list made before; without it a fresh one is drawn and shown.",
)
@click.option(
    "--recovery-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The statistician's own key, if there is one; without it a new one is made.",
)
def generate(
    *,
    public: str,
    purpose: Purpose,
    out: Path,
    is_known: bool,
    recovery_key: Path | None,
    envelopes: bool,
) -> None:
    """Make this study's list: sealed, with its commitment and certificate.

    For the statistician, away from the server. Nothing it writes shows an arm, unless the sheets of
    the envelopes are asked for; `edc randomization envelopes` makes those when they are printed.
    """
    from edc import clock
    from edc.export.custody_papers import certificate, envelope_sheets
    from edc.protocol import DESIGN, STUDY
    from edc.randomization import lists
    from edc.randomization.commitment import write_document
    from edc.randomization.generator import new_seed
    from edc.randomization.list_keys import ListKey, PublicListKey
    from edc.randomization.sealed_list import seal

    installation = PublicListKey.from_text(public)
    if out.exists():  # told before anybody thinks of a passphrase
        raise _is_there(out)
    written: dict[str, bytes] = {}
    chosen = ask_seed() if is_known else new_seed()
    if recovery_key is None:
        passphrase = click.prompt(_ASKED, hide_input=True, confirmation_prompt=True)
        own = ListKey.new()
        recovery = own.public()
        written[RECOVERY_KEY] = own.write(passphrase=passphrase)
    else:
        recovery = ListKey.public_in(recovery_key.read_bytes())
    made = lists.generate(DESIGN, seed=chosen, purpose=purpose)
    written[SEALED] = seal(made, installation=installation, recovery=recovery).encode()
    written[COMMITMENT] = write_document(made.commitment_document()).encode()
    written[CERTIFICATE] = certificate(
        made.commitment_document(),
        study=STUDY,
        design=DESIGN,
        made_on=clock.today(),
        keys={"installation": installation.fingerprint(), "recovery": recovery.fingerprint()},
    )
    if envelopes:
        written[ENVELOPES] = envelope_sheets(made, study=STUDY)
    try:
        out.mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        raise _is_there(out) from error
    for name, content in written.items():
        _write(out / name, content)
    if not is_known:
        click.echo(f"seed         {chosen}")
        click.echo("             keep it sealed, and a sealed copy with the research office;")
        click.echo("             it is in no file · 种子须密封保存，不在任何文件中")
    click.echo(f"purpose      {purpose}")
    click.echo(f"list id      {made.list_id}")
    click.echo(f"slots        {len(made.slots)} in {len(DESIGN.strata())} strata")
    click.echo(f"algorithm    {made.algorithm}")
    click.echo(f"SHA-256      {made.sha256()}")
    click.echo(f"root         {made.commitment().root}")
    click.echo(f"sealed for   {installation.fingerprint()} (installation)")
    click.echo(f"and for      {recovery.fingerprint()} (recovery)")
    for name in written:
        click.echo(f"written      {out / name}")
    if envelopes:
        click.echo(_IN_CLEAR, err=True)


def _is_there(out: Path) -> click.ClickException:
    return click.ClickException(f"{out} exists and is left as it is · {out}已存在，未作更改")


@click.command()
@_sealed
@_recovery
@_for_key
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file, a new one.")
def readdress(*, sealed: Path, recovery_key: Path, public: str, out: Path) -> None:
    """Seal the same list anew for another key of the installation, from the statistician's copy."""
    from edc.randomization.list_keys import PublicListKey
    from edc.randomization.sealed_list import seal

    installation = PublicListKey.from_text(public)
    made, own = _opened(sealed, recovery_key)
    _write(out, seal(made, installation=installation, recovery=own.public()).encode())
    click.echo(f"SHA-256      {made.sha256()}   that of the certificate")
    click.echo(f"sealed for   {installation.fingerprint()} (installation)")
    click.echo(f"written      {out}")


@click.command()
@_sealed
@_recovery
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file, a new one.")
@click.option("--stratum", help="Only this one, such as ORAL/ALLO.")
@click.option("--first", type=click.IntRange(1), default=1, show_default=True, help="Number.")
@click.option("--last", type=click.IntRange(1), help="Number; without it the stratum's last.")
def envelopes(
    *,
    sealed: Path,
    recovery_key: Path,
    out: Path,
    stratum: str | None,
    first: int,
    last: int | None,
) -> None:
    """Write the sheets of the sealed envelopes, to be printed at once and then deleted."""
    from edc.export.custody_papers import envelope_sheets
    from edc.protocol import STUDY

    made, _ = _opened(sealed, recovery_key)
    wanted = [
        slot
        for slot in made.slots
        if stratum in (None, slot.stratum) and first <= slot.sequence <= (last or slot.sequence)
    ]
    if not wanted:
        message = "the list has no such slots · 列表中没有这些序号"
        raise click.ClickException(message)
    _write(out, envelope_sheets(made, study=STUDY, wanted=wanted))
    click.echo(f"sheets       {len(wanted)}")
    click.echo(f"written      {out}")
    click.echo(_IN_CLEAR, err=True)


@click.command()
@_sealed
@_recovery
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file, a new one.")
@click.option(
    "--after-unmasking",
    is_flag=True,
    required=True,
    help="Say that the arms are released: the file shows every one of them.",
)
def unseal(*, sealed: Path, recovery_key: Path, out: Path, after_unmasking: bool) -> None:
    """Write the list in clear, for `verify --opened`, once the arms are released."""
    if not after_unmasking:
        message = "the list stays sealed until the arms are released · 揭盲之前列表不得解密"
        raise click.ClickException(message)
    made, _ = _opened(sealed, recovery_key)
    _write(out, made.write().encode())
    click.echo(f"SHA-256      {made.sha256()}   that of the certificate")
    click.echo(f"written      {out}")


COMMANDS = (generate, readdress, envelopes, unseal)


def _opened(sealed: Path, recovery_key: Path) -> tuple[AllocationList, ListKey]:
    from edc.protocol import DESIGN
    from edc.randomization.list_keys import ListKey
    from edc.randomization.sealed_list import receive

    passphrase = click.prompt(_ASKED, hide_input=True)
    own = ListKey.from_file(recovery_key.read_bytes(), passphrase=passphrase)
    text = sealed.read_bytes().decode(errors="replace")
    return receive(text, key=own, design=DESIGN), own


def ask_seed() -> str:
    """Ask for a seed; as an argument every process and the shell's history would hold it."""
    found: str = click.prompt("Seed · 种子", hide_input=True)
    return found.strip()


def _write(path: Path, content: bytes) -> None:
    """Write a new file for its owner alone; one that is there is left as it is."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError as error:
        raise _is_there(path) from error
    with os.fdopen(file, "wb") as opened:
        opened.write(content)
