"""``repere calibrate``: the curves that the thresholds of config.yml are taken from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from bot.evaluation.calibration import HeldOut, figures, held_out, log_loss
from bot.evaluation.progress import bar
from bot.nlu.gate import Thresholds
from bot.nlu.intent_model import fit_options
from bot.nlu.language import LANGUAGES, Language
from bot.nlu.training_data import Example
from bot.settings import ROOT

FOLDS = 4
_ANSWER = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8)
_SHARPER = (0.6, 0.8, 1.0, 1.2, 1.5)


def component(name: str) -> dict[str, Any]:
    """The entry of a pipeline component in config.yml, by the end of its name."""
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    return next(dict(entry) for entry in pipeline if entry["name"].endswith(name))


def calibrate(examples: Sequence[Example], folder: Path) -> None:
    """Print the tables and write ``precision.png`` to ``folder``. Takes a few minutes with all training messages."""
    console = Console()
    options = fit_options(component("IntentClassifier"), len(examples) * (FOLDS - 1) // FOLDS)
    with bar("models without some of the voices", FOLDS) as tick:
        found = held_out(examples, FOLDS, tick, **options)
    console.print(_accuracy(found))
    console.print(_sharpness(found, float(options["sharpness"])))
    gate = {key: value for key, value in component("AnswerGate").items() if key not in ("name", "languages")}
    console.print(_thresholds(found, gate))
    folder.mkdir(parents=True, exist_ok=True)
    _picture(found, folder / "precision.png")
    console.print(f"picture: {folder / 'precision.png'}")


def _accuracy(found: HeldOut) -> Table:
    table = Table("language", "messages", "right at once", title="voices the model has not heard")
    best = np.array(found.intents)[found.confidences.argmax(axis=1)]
    for language in LANGUAGES:
        mine = np.array([example.language == language for example in found.examples])
        right = np.array([example.intent for example in found.examples])[mine] == best[mine]
        table.add_row(language, str(int(mine.sum())), f"{right.mean():.1%}")
    return table


def _sharpness(found: HeldOut, now: float) -> Table:
    table = Table("sharpness", "log loss", title="confidences (lower is better)")
    for factor in _SHARPER:
        sharper = found.confidences.astype(np.float64) ** factor
        rows = sharper / sharper.sum(axis=1, keepdims=True)
        table.add_row(f"{now * factor:.1f}", f"{log_loss(HeldOut(found.examples, found.intents, rows)):.4f}")
    return table


def _thresholds(found: HeldOut, gate: dict[str, float]) -> Table:
    names = ("answered right", "right or offered", "precision", "false answers", "asked back")
    table = Table("answer at", *(f"{name} {language}" for name in names for language in LANGUAGES))
    for answer in _ANSWER:
        row = [f"{answer:.2f}"]
        both = [figures(found, Thresholds(**{**gate, "answer": answer}), _speaks(language)) for language in LANGUAGES]
        for value in zip(*(vars(one).values() for one in both), strict=True):
            row += [f"{share:.1%}" for share in value]
        table.add_row(*row)
    return table


def _speaks(language: Language) -> Callable[[Example], bool]:
    return lambda example: example.language == language


def _picture(found: HeldOut, target: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    confidence = found.confidences.max(axis=1)
    best = np.array(found.intents)[found.confidences.argmax(axis=1)]
    right = np.array([example.intent for example in found.examples]) == best
    for language in LANGUAGES:
        mine = np.array([example.language == language for example in found.examples])
        order = np.argsort(-confidence[mine])
        count = np.arange(1, int(mine.sum()) + 1)
        axes.plot(count / mine.sum(), np.cumsum(right[mine][order]) / count, label=language)
    axes.set_xlabel("share of messages, surest first")
    axes.set_ylabel("share of them understood rightly")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(target, format="png", dpi=110)
