"""token: who may edit over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from indexer import auth
from indexer.cli.command import Flags, json_option, main
from indexer.cli.terminal import print_json
from indexer.output import serialize


@main.group()
def token() -> None:
    """Tokens with which editors use the API."""


@token.command("new")
@click.argument("name")
@click.option("--expires", default="90d", show_default=True, help="12h, 90d, 52w, or a day; a year at most.")
@click.pass_obj
def new(flags: Flags, name: str, expires: str) -> None:
    """Make a token and show it, for the only time."""
    now = datetime.now(UTC).replace(microsecond=0)
    moment = auth.expiry(expires, now)
    text = auth.new_token(flags.settings_in_place().decided, name, moment, now)
    click.echo(text)
    click.echo(f"seealso: {name} may edit until {_shown(moment)}; only a hash of this token is kept", err=True)


@token.command("list")
@json_option
@click.pass_obj
def list_(flags: Flags, as_json: bool) -> None:
    """Show the tokens that there are, by name; never a token itself."""
    tokens, now = auth.read_tokens(flags.settings_in_place().decided), datetime.now(UTC)
    if as_json:
        print_json(serialize.builtins(serialize.tokens(tokens, now)))
        return
    for kept in tokens:
        ends = "expired" if kept.is_expired(now) else "expires"
        click.echo(f"{kept.name}: made {_shown(kept.made)}, {ends} {_shown(kept.expires)}")
    if not tokens:
        click.echo("no tokens: nobody can edit over HTTP; `seealso token new NAME` makes one")


@token.command("revoke")
@click.argument("name")
@click.pass_obj
def revoke(flags: Flags, name: str) -> None:
    """Make a token worthless at once."""
    auth.revoke(flags.settings_in_place().decided, name)
    click.echo(f"{name} may no longer edit")


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
