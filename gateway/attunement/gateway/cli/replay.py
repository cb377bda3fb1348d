"""`attune replay`: recordings to signals."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from attunement.engine.signal import Mode, Models, StageSpec
    from attunement.gateway.export import Export, Row
    from attunement.gateway.media import Recording
    from attunement.gateway.tally import Tally


def register(app: typer.Typer) -> None:
    app.command("replay")(replay)


def replay(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Recordings of one person each.", show_default=False)
    ] = None,
    therapist: Annotated[Path | None, typer.Option(help="The therapist's recording ...")] = None,
    patient: Annotated[
        Path | None,
        typer.Option(help="... and the patient's, of one session, begun together."),
    ] = None,
    stereo: Annotated[
        bool, typer.Option("--stereo", help="Each file is a session: one channel per person.")
    ] = False,
    channels: Annotated[
        str, typer.Option(help="With --stereo: who is left, who is right.")
    ] = "therapist,patient",
    role: Annotated[str, typer.Option(help="Who is in a recording of one person.")] = "patient",
    out: Annotated[
        Path | None, typer.Option(help="Table to write: .parquet, .csv or .jsonl.")
    ] = None,
    wide: Annotated[bool, typer.Option("--wide", help="One row per second.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite --out.")] = False,
    mode: Annotated[str, typer.Option(help="behaviour or inference.")] = "behaviour",
    models: Annotated[str | None, typer.Option(help="Folder of model files.")] = None,
    sound_only: Annotated[bool, typer.Option("--sound-only", help="Leave pictures alone.")] = False,
    functionals: Annotated[
        float | None,
        typer.Option(
            help="Write the 88 functionals of eGeMAPSv02 to --out instead, of every so many "
            "seconds; 0: of each recording.",
            min=0,
        ),
    ] = None,
    pitch: Annotated[
        str,
        typer.Option(
            help="With --functionals. published: subharmonic summation, for values that compare "
            "with published ones; own: the live pitch, which errs less."
        ),
    ] = "published",
    experiment: Annotated[
        list[str] | None, typer.Option(help="What is off otherwise: pulse; repeat.")
    ] = None,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="At its own pace, for an overlay to watch.")
    ] = False,
    port: Annotated[int, typer.Option(help="With --realtime.", min=0, max=65535)] = 8765,
) -> None:
    """
    Measure recordings, as fast as the machine allows.

    Files named without an option are recordings of one person each, measured one by one; in the
    table the column `recording` tells them apart. A session of two is --therapist FILE --patient
    FILE, or one file with a channel for each (--stereo).
    """
    from attunement.engine.errors import AttunementError
    from attunement.engine.signal import Mode, Role

    try:
        sessions = _sessions(files or [], therapist, patient, channels if stereo else None, role)
        if mode not in list(Mode):
            raise typer.BadParameter(f"got --mode {mode}, expected behaviour or inference")
        chosen = Mode(mode)
    except ValueError:
        roles = " and ".join(Role)
        raise typer.BadParameter(f"got another role, expected {roles}") from None
    if functionals is not None and (out is None or realtime or wide):
        raise typer.BadParameter(
            "--functionals needs --out, and goes with neither --wide nor a pace"
        )
    if pitch not in ("published", "own"):
        raise typer.BadParameter(f"got --pitch {pitch}, expected published or own")
    try:
        means = _means(models, experiment or [])
        work = _Work(sessions, chosen, means, sound_only or functionals is not None)
        if realtime:
            failed = work.play(port)
        elif functionals is not None and out is not None:
            failed = work.describe(out, functionals, pitch, force=force)
        else:
            failed = work.measure(out, wide=wide, force=force)
    except AttunementError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("stopped; nothing was written", err=True)
        raise typer.Exit(130) from None
    raise typer.Exit(1 if failed else 0)


Tracks = list[tuple[str, Path, int | None]]  # role, file, channel


def _sessions(
    files: list[Path],
    therapist: Path | None,
    patient: Path | None,
    channels: str | None,
    role: str,
) -> list[tuple[str, Tracks]]:
    """Name of each recording, and who is where in it. Raises ValueError for an unknown role."""
    from attunement.engine.signal import Role

    if therapist or patient:
        if files or channels:
            raise typer.BadParameter("got --therapist or --patient together with other recordings")
        named = [(str(Role.THERAPIST), therapist), (str(Role.PATIENT), patient)]
        tracks: Tracks = [(who, path, None) for who, path in named if path]
        return [("+".join(path.name for _, path, _ in tracks), tracks)]
    if not files:
        raise typer.BadParameter("got no recording, expected files, or --therapist and --patient")
    if channels is None:
        return [(path.name, [(str(Role(role)), path, None)]) for path in files]
    people = [str(Role(name.strip())) for name in channels.split(",")]
    if len(set(people)) != 2:
        raise typer.BadParameter("got other --channels, expected therapist,patient or the reverse")
    return [(path.name, [(who, path, i) for i, who in enumerate(people)]) for path in files]


class _Work:
    """What was asked for. Recordings that cannot be read are told, and the others measured."""

    def __init__(
        self,
        sessions: list[tuple[str, Tracks]],
        mode: "Mode",
        means: "tuple[tuple[StageSpec, ...], Models]",
        sound_only: bool,
    ) -> None:
        from rich.console import Console

        self._sessions, self._mode, self._means = sessions, mode, means
        self._sound_only = sound_only
        self._screen = Console(stderr=True)

    def measure(self, out: Path | None, *, wide: bool, force: bool) -> int:
        """How many recordings could not be read."""
        from contextlib import ExitStack

        from attunement.gateway.export import Export
        from attunement.gateway.tally import Tally

        catalog, models = self._means
        tally = Tally()
        with ExitStack() as stack:
            export = None
            if out is not None:
                people = list(
                    dict.fromkeys(who for _, tracks in self._sessions for who, *_ in tracks)
                )
                export = stack.enter_context(
                    Export(out, catalog, people=people, wide=wide, force=force)
                )
            failed = self._measure_all(catalog, models, export, tally)
            if failed == len(self._sessions):
                raise typer.Exit(1)  # which leaves no table either
        if out is not None:
            self._screen.print(f"wrote {out}")
        _summary(tally)
        return failed

    def describe(self, out: Path, seconds: float, pitch: str, *, force: bool) -> int:
        """Functionals instead of signals. How many recordings were unreadable or too short."""
        from attunement.gateway.described import COLUMNS_OF_TABLE
        from attunement.gateway.export import Table
        from attunement.gateway.media import BadRecording

        failed = written = 0
        with Table(out, COLUMNS_OF_TABLE, force=force) as table:
            for name, tracks in self._sessions:
                try:
                    recording = self._recording(tracks)
                except BadRecording as fault:
                    failed += 1
                    self._screen.print(f"[red]{fault}[/red]")
                    continue
                rows, short = _described(recording, name, tracks, seconds, pitch)
                for row in rows:
                    table.put(row)
                for line in short:
                    self._screen.print(f"[red]{line}[/red]", soft_wrap=True)
                for note in recording.notes:
                    self._screen.print(f"[yellow]{note}[/yellow]")
                failed, written = failed + bool(short), written + len(rows)
            if not written:
                raise typer.Exit(1)  # which leaves no table either
        self._screen.print(f"wrote {out}")
        return failed

    def _measure_all(
        self,
        catalog: "tuple[StageSpec, ...]",
        models: "Models",
        export: "Export | None",
        tally: "Tally",
    ) -> int:
        from attunement.gateway.media import BadRecording

        failed = 0
        for name, tracks in self._sessions:
            try:
                recording = self._recording(tracks)
            except BadRecording as fault:
                failed += 1
                self._screen.print(f"[red]{fault}[/red]")
                continue
            self._measure_one(name, tracks, recording, catalog, models, export, tally)
            for note in recording.notes:
                self._screen.print(f"[yellow]{note}[/yellow]")
        return failed

    def _measure_one(
        self,
        name: str,
        tracks: Tracks,
        recording: "Recording",
        catalog: "tuple[StageSpec, ...]",
        models: "Models",
        export: "Export | None",
        tally: "Tally",
    ) -> None:
        from attunement.gateway.replaying import measured

        with _progress(self._screen) as progress:
            bar = progress.add_task(name, total=recording.duration or None, speed="")
            for second in measured(recording, _people(tracks), catalog, models, self._mode):
                tally.add(second)
                if export is not None:
                    export.write(second, name)
                task = progress.tasks[bar]
                fast = (second.index + 1) / task.elapsed if task.elapsed else 0.0
                progress.update(bar, completed=second.index + 1, speed=f"{fast:.0f} x real time")

    def _recording(self, tracks: Tracks) -> "Recording":
        from attunement.gateway.media import Recording, Track

        return Recording((Track(*track) for track in tracks), pictures=not self._sound_only)

    def play(self, port: int) -> int:
        import asyncio

        if len(self._sessions) != 1:
            raise typer.BadParameter("got several recordings, expected one with --realtime")
        _, tracks = self._sessions[0]
        recording = self._recording(tracks)
        asyncio.run(self._serve(recording, tracks, port))
        return 0

    async def _serve(self, recording: "Recording", tracks: Tracks, port: int) -> None:
        import asyncio

        from attunement.engine.session import ASKED, Event
        from attunement.gateway.model_files import described
        from attunement.gateway.replaying import play
        from attunement.gateway.server import Server
        from attunement.gateway.settings import Settings
        from attunement.gateway.tokens import Action

        catalog, models = self._means
        settings = Settings(port=port, mode=self._mode)
        people = _people(tracks)
        async with Server(
            settings, catalog=catalog, models=models, described=described(models)
        ) as server:
            live = server.hub.open(people, self._mode, {person.id: ASKED for person in people})
            live.handle(Event.START)
            token = server.token(live.id, people[0].id, Action.WATCH)
            self._screen.print(f"watch {server.overlay_url(live.id, token)}", soft_wrap=True)
            self._screen.print("[dim]begins as soon as somebody watches[/dim]")
            while not live.overlays:  # noqa: ASYNC110  # of people, who take their time
                await asyncio.sleep(0.1)
            await play(recording, live.put, live.clock.now)
            await asyncio.sleep(1.5)  # the last second is measured and sent
            await server.hub.close(live.id)


def _described(
    recording: "Recording", name: str, tracks: Tracks, seconds: float, pitch: str
) -> "tuple[list[Row], list[str]]":
    """Rows of functionals, and a sentence for everybody of whom there is too little sound."""
    from attunement.gateway.described import LEAST, Pitch, Voices

    voices = Voices(seconds, Pitch(pitch))
    found = list(voices.windows(recording.frames()))
    heard = {who: voices.heard(who) for who, *_ in tracks}
    rows: list[Row] = [window.row(name) for window in found if heard[window.participant] >= LEAST]
    short = [
        f"{name}, {who}: got {s:.3f} s of sound, expected {LEAST} s or more for functionals"
        for who, s in heard.items()
        if s < LEAST
    ]
    return rows, short


def _people(tracks: Tracks) -> list[Any]:
    from attunement.engine.signal import Person, Role

    return [Person(who, Role(who)) for who, *_ in tracks]


def _means(folder: str | None, experiments: list[str]) -> "tuple[tuple[StageSpec, ...], Models]":
    """Raises UnknownExperiment."""
    from attunement.gateway.model_files import find_models
    from attunement.pipelines.catalog import with_experiments

    return with_experiments(experiments), find_models(folder)


def _progress(console: Any) -> Any:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} s"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
        console=console,
    )


def _summary(tally: "Tally") -> None:
    from rich.console import Console
    from rich.table import Table

    from attunement.gateway.tally import reasons

    table = Table(title=f"{tally.seconds} seconds measured", title_justify="left")
    for column in ("who", "signal"):
        table.add_column(column)
    for column in ("measured", "mean"):
        table.add_column(column, justify="right")
    table.add_column("missing, and why", overflow="fold")
    never: dict[tuple[str, str], list[str]] = {}
    for who, name, line in tally:
        why = reasons(line.why.most_common())
        if line.mean is None:
            never.setdefault((who, why), []).append(name)
        else:
            table.add_row(who, name, f"{line.share:.0%}", f"{line.mean:.2f}", why)
    console = Console()
    console.print(table)
    for (who, why), names in never.items():
        console.print(f"{who}, never measured ({why}): {', '.join(names)}", highlight=False)
