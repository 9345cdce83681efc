"""Training the model when data, texts or configuration changed, and only then."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import io
import multiprocessing
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bot import lean_imports
from bot.errors import ModelError
from bot.logs import quiet_third_parties
from bot.settings import ROOT

MODELS = ROOT / "models"
MODEL = MODELS / "repere.tar.gz"
_STAMP = MODELS / "repere.fingerprint"
# Whatever shapes the trained archive; the domain is part of it.
_SOURCES = ("config.yml", "requirements.lock", "data", "bot/domain", "bot/nlu", "bot/content/topics.yml")
_CODE = ("bot/dialogue/policies.py",)


def fingerprint(root: Path = ROOT) -> str:
    """SHA-256 over everything a trained model depends on."""
    digest = hashlib.sha256()
    for path in _files(root):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    for name in (*_SOURCES, *_CODE):
        path = root / name
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and p.suffix in (".py", ".yml", ".yaml"))
        elif path.is_file():
            yield path


def is_current() -> bool:
    """Whether the trained model matches what is in the tree."""
    return MODEL.is_file() and _STAMP.is_file() and _STAMP.read_text(encoding="ascii") == fingerprint()


def train(*, if_changed: bool = False, quiet: bool = True) -> float:
    """Train and keep the model at ``models/repere.tar.gz``; returns the seconds it took, 0 when nothing changed.

    Raises ModelError with Rasa's reason, TrainingDataError naming file and line.
    """
    if if_changed and is_current():
        return 0.0
    from bot.nlu.training_data import check_training_data

    check_training_data()
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    started = time.perf_counter()
    stamp = fingerprint()
    built = _run_rasa(quiet)
    shutil.move(built, MODEL)
    _STAMP.write_text(stamp, encoding="ascii")
    return time.perf_counter() - started


def train_apart() -> float:
    """``train(if_changed=True)`` in a process of its own, so that Rasa's 800 MB do not stay with the caller."""
    if is_current():
        return 0.0
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_train_and_leave).result()


def _train_and_leave() -> float:
    from joblib.externals.loky import get_reusable_executor

    try:
        return train(if_changed=True)
    finally:
        # A process of multiprocessing waits for its children at its end, and these would wait for work.
        get_reusable_executor().shutdown(wait=True, kill_workers=True)


def _run_rasa(quiet: bool) -> str:
    # 30,000 messages are millions of objects, none of them garbage: looking for some took a twentieth of the time.
    gc.disable()
    try:
        return _trained(quiet)
    finally:
        gc.enable()


def _trained(quiet: bool) -> str:
    from bot.nlu.encoder import encode_ahead
    from bot.nlu.training_data import load_examples

    # The processes begin with the vectors while Rasa, which uses one processor, imports itself and reads the data.
    encode_ahead([example.text for example in load_examples()])
    lean_imports.leave_out(lean_imports.unneeded_in_training(ROOT / "config.yml"))
    if quiet:
        quiet_third_parties()
        os.environ.setdefault("TQDM_DISABLE", "1")  # Rasa's bars of each dozen of stories
    from rasa.model_training import train as rasa_train

    heard = io.StringIO()
    with contextlib.ExitStack() as stack:
        if quiet:
            stack.enter_context(contextlib.redirect_stdout(heard))
        try:
            result = rasa_train(
                domain=str(ROOT / "bot" / "domain"),
                config=str(ROOT / "config.yml"),
                training_files=[str(ROOT / "data")],
                output=str(MODELS),
                fixed_model_name="building",
                force_training=True,
            )
        except SystemExit as stop:
            raise ModelError(f"Training failed: {heard.getvalue().strip()[-600:] or 'see the log above'}") from stop
        except Exception as error:
            raise ModelError(f"Training failed: {type(error).__name__}: {error}") from error
    if not result.model:
        raise ModelError(f"Training failed: {heard.getvalue().strip()[-600:] or 'no model was made'}")
    return str(result.model)
