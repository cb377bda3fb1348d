"""`attune serve`: the gateway, until Ctrl-C."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from attunement.gateway.ice_server import IceServer
    from attunement.gateway.server import Server

PORT = 8765


def register(app: typer.Typer) -> None:
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option(help="Where to listen; 0.0.0.0: everywhere.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0: any that is free.", min=0, max=65535)] = PORT,
    mode: Annotated[
        str, typer.Option(help="behaviour: measures only. inference: emotions too.")
    ] = "behaviour",
    models: Annotated[str | None, typer.Option(help="Folder of model files.")] = None,
    secret_file: Annotated[str | None, typer.Option(help="What tokens are signed with.")] = None,
    origin: Annotated[
        list[str] | None, typer.Option(help="Web origin that may watch; repeat.")
    ] = None,
    embed: Annotated[
        list[str] | None, typer.Option(help="Web origin that may embed the overlay; repeat.")
    ] = None,
    stun: Annotated[str | None, typer.Option(help="stun:host:port.")] = None,
    turn: Annotated[
        str | None,
        typer.Option(help="turn:host:port?transport=udp; credentials: ATTUNEMENT_TURN_SECRET."),
    ] = None,
    any_candidate: Annotated[
        bool,
        typer.Option("--any-candidate", help="Send to any address an offer names; for tests."),
    ] = False,
    experiment: Annotated[
        list[str] | None, typer.Option(help="What is off otherwise: pulse; repeat.")
    ] = None,
    demo_session: Annotated[
        bool, typer.Option("--demo-session", help="Open a session at once, and print its links.")
    ] = False,
) -> None:
    """Serve WHIP, signals, the overlay and the capture page on one port."""
    import asyncio

    from attunement.engine.errors import AttunementError
    from attunement.engine.signal import Mode
    from attunement.gateway.settings import Settings

    try:
        settings = Settings(
            host=host,
            port=port,
            mode=Mode(mode),
            origins=tuple(origin or ()),
            frame_ancestors=("'self'", *(embed or ())),
            ice_servers=_ice_servers(stun, turn),
            any_candidate=any_candidate,
            secret=_secret(secret_file),
        )
    except ValueError:
        typer.echo("got another --mode, expected behaviour or inference", err=True)
        raise typer.Exit(2) from None
    except AttunementError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None
    try:
        asyncio.run(_serve(settings, models, experiment or [], demo_session))
    except KeyboardInterrupt:
        typer.echo("stopped")
    except AttunementError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None


def _ice_servers(stun: str | None, turn: str | None) -> "tuple[IceServer, ...]":
    """Raises BadIceServer."""
    from attunement.gateway.ice_server import IceServer

    found = [IceServer(stun)] if stun else []
    return (*found, *([IceServer.from_environment(turn)] if turn else []))


def _secret(file: str | None) -> str:
    """The operator's secret; without one, a fresh one that lasts as long as the process."""
    import os
    import secrets

    from attunement.gateway.secret import VARIABLE, read_secret

    if file is None and not os.environ.get(VARIABLE):
        return secrets.token_urlsafe(48)
    return read_secret(file)


async def _serve(
    settings: Any, models: str | None, experiments: list[str], demo_session: bool
) -> None:
    import asyncio
    import logging
    import signal

    from attunement.gateway.model_files import described, find_models
    from attunement.gateway.server import Server
    from attunement.pipelines.catalog import with_experiments

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    catalog = with_experiments(experiments)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    found = find_models(models)
    async with Server(
        settings, catalog=catalog, models=found, described=described(found)
    ) as server:
        _greet(server, demo_session)
        await stop.wait()


def _greet(server: "Server", demo_session: bool) -> None:
    from rich.console import Console

    console = Console(soft_wrap=True)
    console.print(f"[bold]attunement[/bold] listens at [link]{server.url}[/link]")
    console.print(f"overlay  {server.url}/overlay\ncapture  {server.url}/capture")
    console.print(f"sessions {server.url}/sessions  ({server.settings.mode.value} mode)")
    if demo_session:
        _open_demo(server, console.print)
    else:
        from attunement.gateway.tokens import Action

        console.print(f"admin token, for ten minutes:\n{server.token(None, None, Action.ADMIN)}")
    console.print("Ctrl-C stops it")


def _open_demo(server: "Server", show: Any) -> None:
    """A session of two that has begun, with both agreeing to all that is measured."""
    from attunement.engine.session import ASKED, Event
    from attunement.engine.signal import Person, Role
    from attunement.gateway.tokens import Action

    people = [Person("therapist", Role.THERAPIST), Person("patient", Role.PATIENT)]
    consent = {person.id: ASKED for person in people}
    live = server.hub.open(people, server.settings.mode, consent)
    live.handle(Event.START)
    watch = server.token(live.id, "therapist", Action.WATCH, Action.CONSENT)
    show(f"session  {live.id}\nwatch    {server.overlay_url(live.id, watch)}")
    for person in people:
        token = server.token(live.id, person.id, Action.PUBLISH, Action.CONSENT)
        show(f"{person.id:<8} {server.capture_url(live.id, person.id, token)}")
