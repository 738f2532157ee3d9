"""`prolong-server audit`: the proof that nobody has touched the audit trail, and its head to keep elsewhere."""

from pathlib import Path

import click

from prolong_server.cli import house, telling
from prolong_server.operations import audit_heads, audit_verification
from prolong_server.operations.audit_verification import Verified, Wrong
from prolong_server.operations.signatures import NotSigned

NOTHING_YET = "Nothing is sealed yet: let `prolong-server work` run, or run it once with --once, and ask again."
NOT_SIGNED = (
    "A head that you gave is not signed with any key that this database knows: look whether it is whole and of this "
    "server; if it is, somebody has taken its key out of the database."
)
WHAT_NEXT = (
    "Keep this database as it is for whoever looks into it, and compare it from that position on with a backup that "
    "was made before."
)


@click.group()
def audit() -> None:
    """Prove the audit trail."""


@audit.command()
@click.option("--head", "kept", multiple=True, help="A head that was kept elsewhere, or a file with one a line.")
@click.option("--json", "wants_json", is_flag=True, help="Print the result as JSON.")
def verify(kept: tuple[str, ...], wants_json: bool) -> None:
    """Walk the whole chain of audit events up to its newest signed head; exit code 1 where anything was touched."""
    heads = [head for text in kept for head in _heads(text)]
    with house.opened() as opened:
        try:
            found = audit_verification.verify(opened.call(), heads)
        except NotSigned:
            raise click.ClickException(NOT_SIGNED) from None
        except Wrong as wrong:
            _tell_wrong(wrong, wants_json)
            raise click.exceptions.Exit(1) from None
    if wants_json:
        telling.as_json({"sealed": found.sealed, "unsealed": found.unsealed, "head": found.head, "wrong": None})
    else:
        _tell(found)


@audit.command()
def head() -> None:
    """Print the newest signed head, which proves later that nothing before it was replaced: keep it elsewhere."""
    with house.opened() as opened:
        signed = audit_heads.last_signed(opened.call())
    if signed is None:
        raise click.ClickException(NOTHING_YET)
    click.echo(signed)


def _heads(text: str) -> list[str]:
    # A head has two dots and no slash, and is longer than any file's name may be.
    file = Path(text)
    if text.count(".") == 2 and len(text) > 255:
        return [text]
    try:
        return file.read_text("ascii").split()
    except (OSError, ValueError):
        raise click.BadParameter(f"{text} is neither a head nor a file with heads.", param_hint="--head") from None


def _tell(found: Verified) -> None:
    click.echo(f"The audit trail is as it was sealed: {found.sealed} events sealed, {found.unsealed} not yet.")
    if found.head is None:
        click.echo(NOTHING_YET)
    else:
        click.echo(f"Keep this head elsewhere, it proves all events up to here:\n{found.head}")


def _tell_wrong(wrong: Wrong, wants_json: bool) -> None:
    if wants_json:
        telling.as_json({"wrong": {"position": wrong.position, "what": wrong.what}})
    else:
        click.echo(f"Position {wrong.position} of the audit trail is wrong: {wrong.what}. {WHAT_NEXT}", err=True)
