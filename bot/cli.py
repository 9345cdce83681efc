"""The command line ``repere``. Every command says in one sentence what went wrong, and then exits with 1."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
# Notices of third parties about their own future are not for the people who run this command.
warnings.simplefilter("ignore")

import typer

from bot.bench.plan import MESSAGES
from bot.errors import RepereError, SettingsError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
db = typer.Typer(no_args_is_help=True, help="The database.")
desk = typer.Typer(no_args_is_help=True, help="The staff of the desk.")
review = typer.Typer(no_args_is_help=True, help="What the review of conversations found.")
app.add_typer(db, name="db")
app.add_typer(desk, name="desk")
app.add_typer(review, name="review")


@contextlib.contextmanager
def _plainly(store: bool = False) -> Iterator[None]:
    """``store``: the command works on the database, whose log lines are not for the one who called it."""
    try:
        if store:
            from bot.logs import configure_logs
            from bot.settings import get_settings

            configure_logs(get_settings().copy(update={"log_level": "warning"}))
        yield
    except RepereError as error:
        typer.echo(f"repere: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@app.command()
def run() -> None:
    """Start dialogue server, action server, watchdog and desk; Ctrl-C stops all."""
    from bot.supervisor import run_all

    with _plainly(store=True):
        raise typer.Exit(run_all())


@app.command()
def train(
    if_changed: Annotated[bool, typer.Option(help="Only when something changed since the last model.")] = False,
) -> None:
    """Train the model."""
    from bot.training import MODEL, train

    with _plainly():
        typer.echo("Training…" if not if_changed else "Looking whether training is needed…")
        seconds = train(if_changed=if_changed)
        typer.echo(f"Trained in {seconds:.0f} s: {MODEL.name}." if seconds else "The model is up to date.")


@app.command()
def shell() -> None:
    """Talk to the bot in the terminal; /stop ends."""
    from bot.shell import talk

    with _plainly():
        asyncio.run(talk())


@app.command()
def check() -> None:
    """Check texts, content and training messages; prints every problem."""
    from bot.content.check import check_content
    from bot.content.topics import load_topics
    from bot.nlu.training_data import load_examples, problems

    with _plainly():
        found = check_content() + problems(load_examples(), load_topics().intents)
        for problem in found:
            typer.echo(problem)
        typer.echo(f"{len(found)} problems." if found else "Content and training messages are in order.")
        raise typer.Exit(1 if found else 0)


@app.command()
def predict(gold: Path) -> None:
    """Print one prediction a line for the messages of a JSON-lines file."""
    from bot.evaluation.predict import predict, read_rows
    from bot.evaluation.progress import bar

    with _plainly(), _quiet_logs():
        rows = read_rows(gold)
        with bar("messages", len(rows)) as tick:
            for row in asyncio.run(predict(rows, tick)):
                sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


@app.command()
def evaluate(
    gold: Path, report: Annotated[Path | None, typer.Option(help="Folder for an HTML report with pictures.")] = None
) -> None:
    """Print the figures for labelled messages, French and English apart."""
    from bot.evaluation.command import evaluate

    with _plainly(), _quiet_logs():
        asyncio.run(evaluate(gold, report))


@app.command()
def calibrate(
    out: Annotated[Path, typer.Option(help="Folder for table and pictures.")] = Path("results/calibration"),
    messages: Annotated[int | None, typer.Option(min=100, help="Training messages drawn; all when left out.")] = None,
) -> None:
    """Print what the gate's thresholds do on voices that the model has not heard."""
    from bot.bench.sample import draw
    from bot.evaluation.curves import calibrate
    from bot.nlu.training_data import check_training_data

    with _plainly():
        calibrate(draw(check_training_data(), messages).train, out)


@app.command()
def compare(
    sample: Annotated[int, typer.Option(help="Training messages drawn, the same for all; 0 for all.")] = 4000,
    epochs: Annotated[int, typer.Option(help="Epochs of DIET.")] = 100,
) -> None:
    """Compare the classifier with others on voices that none of them has heard."""
    from bot.evaluation.baselines import compare

    with _plainly(), _quiet_logs():
        compare(sample, epochs)


@app.command()
def bench(
    out: Annotated[Path, typer.Option(help="Folder for models, databases, logs and results.")] = Path("results/bench"),
    messages: Annotated[int, typer.Option(help="Training messages drawn, the same for both sides.")] = MESSAGES,
    serve_all: Annotated[
        bool, typer.Option(help="Start, memory, replies and load with models of all messages (a single epoch).")
    ] = True,
    full: Annotated[
        bool, typer.Option("--full", help="All training messages; the default then trains for hours.")
    ] = False,
    epochs: Annotated[int, typer.Option(help="Epochs of the default; 0 for Rasa's own number.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="Only shows that everything works.")] = False,
    gold: Annotated[Path | None, typer.Option(help="Labelled messages that neither side has seen.")] = None,
    reuse: Annotated[
        Path | None, typer.Option(help="Folder of an earlier run: its default model is used again.")
    ] = None,
    keep: Annotated[
        bool, typer.Option(help="Put table and pictures into docs/performance.md (not with --quick).")
    ] = True,
    profile: Annotated[bool, typer.Option("--profile", help="Only take one reply of this project apart.")] = False,
) -> None:
    """Measure this project beside Rasa's default on the same messages: training, start, memory, replies, load."""
    from bot.bench.command import bench, profile_reply
    from bot.bench.plan import Plan

    with _plainly(), _quiet_logs():
        if profile:
            profile_reply(40 if quick else 200, keep and not quick)
            return
        more = {"messages": None if full else messages, "epochs": epochs or None, "gold": gold, "reuse": reuse}
        more["serve_all"] = serve_all and not quick
        bench(Plan.quick(**more) if quick else Plan(**more), out, keep and not quick)  # type: ignore[arg-type]


@app.command()
def purge(
    older_than: Annotated[str, typer.Option(help="Age in days, for instance 30d.")] = "",
    apply: Annotated[bool, typer.Option(help="Really delete; without it only the counts are shown.")] = False,
) -> None:
    """Delete old conversations (retention); shows first what it would delete."""
    from bot.retention import purge_old

    with _plainly(store=True):
        typer.echo(purge_old(older_than, apply))


@db.command("upgrade")
def db_upgrade() -> None:
    """Create or update the tables."""
    from bot.store.database import upgrade

    with _plainly(store=True):
        upgrade()
        typer.echo("The database is up to date.")


@desk.command("add-user")
def desk_add_user(name: str, role: Annotated[str, typer.Option(help="agent, reviewer or admin.")] = "agent") -> None:
    """Add a member of the staff with a random password, shown only now."""
    from bot.desk.commands import add_user
    from bot.store.database import upgrade

    with _plainly(store=True):
        upgrade()
        try:
            password = add_user(name, role)
        except ValueError as error:
            raise SettingsError(str(error)) from error
        typer.echo(f"{name} ({role}), password {password}")


@desk.command("new-password")
def desk_new_password(name: str) -> None:
    """A new random password for somebody who lost theirs; signs them out everywhere."""
    from bot.desk.commands import new_password

    with _plainly(store=True):
        typer.echo(f"{name}, password {new_password(name)}")


@review.command("export")
def review_export(out: Annotated[Path, typer.Option(help="Folder of a checkout.")] = Path(".")) -> None:
    """Turn wrong answers judged at the desk into training messages and regression tests."""
    from bot.desk.review_export import export

    with _plainly(store=True):
        typer.echo(export(out))


@contextlib.contextmanager
def _quiet_logs() -> Iterator[None]:
    import logging

    from bot.logs import configure_logs
    from bot.settings import get_settings

    configure_logs(get_settings().copy(update={"log_level": "error"}))
    logging.disable(logging.WARNING)
    yield


if __name__ == "__main__":
    app()
