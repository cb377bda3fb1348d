"""`attune watch`: a session's signals in the terminal."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from attunement.gateway import wire


def register(app: typer.Typer) -> None:
    app.command("watch")(watch)


def watch(
    url: Annotated[str, typer.Argument(help="ws://HOST:PORT/signals/SESSION")],
    token: Annotated[
        str, typer.Option(help="A token that allows watching.", envvar="ATTUNEMENT_TOKEN")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One message per line.")] = False,
    seconds: Annotated[int | None, typer.Option(help="Leave after so many frames.", min=1)] = None,
) -> None:
    """Show what the overlay is told: a table that is renewed each second, or lines of JSON."""
    import asyncio

    from attunement.engine.errors import AttunementError

    try:
        asyncio.run(_lines(url, token, seconds) if as_json else _table(url, token, seconds))
    except AttunementError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _messages(url: str, token: str, seconds: int | None) -> Any:
    from contextlib import aclosing

    from attunement.gateway import wire
    from attunement.gateway.client import connect

    left = seconds
    async with aclosing(connect(url, token)) as messages:
        async for message in messages:
            yield message
            if left is not None and isinstance(message, wire.SignalFrame):
                left -= 1
                if not left:
                    return


async def _lines(url: str, token: str, seconds: int | None) -> None:
    import msgspec

    async for message in _messages(url, token, seconds):
        typer.echo(msgspec.json.encode(message).decode())


async def _table(url: str, token: str, seconds: int | None) -> None:
    from rich.console import Console
    from rich.live import Live

    from attunement.gateway import wire

    specs: dict[str, wire.SignalSpec] = {}
    with Live(console=Console(), auto_refresh=False) as screen:
        async for message in _messages(url, token, seconds):
            if isinstance(message, wire.SessionHello):
                specs = {spec.name: spec for spec in message.catalog}
            elif isinstance(message, wire.SignalFrame):
                screen.update(_drawn(message, specs), refresh=True)
            elif isinstance(message, wire.AlertRaised):
                screen.console.print(f"{message.text}: {message.reason}")
            elif isinstance(message, wire.SessionState):
                screen.console.print(f"session {message.state}")


def _drawn(frame: "wire.SignalFrame", specs: "dict[str, wire.SignalSpec]") -> "Table":
    from rich.table import Table

    late = frame.lat_ms.total
    told = "" if late is None else f", {late:.0f} ms after its end"
    table = Table(title=f"second {frame.seq}{told}", title_justify="left")
    table.add_column("signal", no_wrap=True)
    for who in frame.people:
        table.add_column(who, justify="right", no_wrap=True)
    table.add_column("unit")
    for name, spec in specs.items():
        if spec.scope == "person":
            cells = [_cell(person.signals.get(name)) for person in frame.people.values()]
        else:
            cells = [_cell(frame.dyad.signals.get(name))] + [""] * (len(frame.people) - 1)
        table.add_row(spec.label, *cells, spec.unit)
    return table


def _cell(value: "wire.Value | None") -> str:
    if value is None:
        return ""
    if value.v is None:
        return f"[dim]{value.why}[/dim]"
    faint = value.q is not None and value.q < 0.5
    return f"[dim]{value.v:.2f}[/dim]" if faint else f"{value.v:.2f}"
