"""`attune token`: a key to one session, for one person, for a few minutes."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command("token")(token)


def token(
    action: Annotated[list[str], typer.Option(help="publish, watch, consent or admin; repeat.")],
    session: Annotated[str | None, typer.Option(help="Its id; without: every session.")] = None,
    participant: Annotated[str | None, typer.Option(help="Whose token it is.")] = None,
    lasts: Annotated[int, typer.Option(help="Seconds, 600 at most.", min=1, max=600)] = 600,
    secret_file: Annotated[str | None, typer.Option(help="The gateway's secret.")] = None,
) -> None:
    """
    Print a token.

    The secret is that of the running gateway: --secret-file, or the variable ATTUNEMENT_SECRET.
    """
    from attunement.gateway.secret import SecretMissing, read_secret
    from attunement.gateway.tokens import Action, Tokens

    try:
        actions = [Action(name) for name in action]
    except ValueError:
        known = ", ".join(known.value for known in Action)
        typer.echo(f"got an action that is unknown, expected some of {known}", err=True)
        raise typer.Exit(2) from None
    if session is None and Action.ADMIN not in actions:
        typer.echo("got no --session, expected one for every token but an admin's", err=True)
        raise typer.Exit(2)
    try:
        secret = read_secret(secret_file)
    except SecretMissing as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None
    typer.echo(Tokens(secret).issue(actions, session, participant, lasts=lasts))
