"""Keeping out of the dialogue server and of training what Rasa imports and this project's model never uses.

Rasa imports TensorFlow for its neural components, whatever the model holds, and clients of databases and terminals
that are not ours. In their place the server gets modules that are empty until somebody uses one, which then fails
with a sentence. Measured on two shared cores: 307 MB less, and the imports take a quarter of the time
(docs/performance.md). Rasa's own files stay as they are.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import sys
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import yaml

from bot.errors import ModelError

UNNEEDED: Final = (
    "tensorflow",  # neural components
    "keras",
    "matplotlib",  # pictures of `rasa test`
    "questionary",  # conversations in a terminal
    "prompt_toolkit",
    "pymongo",  # other tracker stores
    "boto3",
    "botocore",
)
# Components known to do without. A model with any other one gets everything that Rasa imports.
_WITHOUT: Final = (
    "bot.",
    "rasa.graph_components.",
    "rasa.core.policies.ensemble.",
    "rasa.core.policies.memoization.",
    "rasa.core.policies.rule_policy.",
    "rasa.nlu.classifiers.fallback_classifier.",
    "rasa.nlu.classifiers.regex_message_handler.",
)


def unneeded(model: Path) -> tuple[str, ...]:
    """The packages that a server with this model does without: none when a component might want one."""
    try:
        used = components(model)
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError):
        return ()
    return UNNEEDED if used and all(name.startswith(_WITHOUT) for name in used) else ()


def unneeded_in_training(config: Path) -> tuple[str, ...]:
    """The packages that training with this configuration does without: none when it names components of Rasa's own."""
    try:
        named = yaml.safe_load(config.read_text(encoding="utf-8"))
        used = [str(entry["name"]) for entry in (*named["pipeline"], *named["policies"])]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return ()
    return UNNEEDED if used and all(name.startswith("bot.") for name in used) else ()


def components(model: Path) -> set[str]:
    """Full names of the classes that a model's archive is run with. Raises what tarfile and json raise."""
    with tarfile.open(model, "r:gz") as archive:
        held = archive.extractfile("metadata.json")
        assert held is not None
        nodes = json.load(held)["predict_schema"]["nodes"]
    return {str(node["uses"]) for node in nodes.values()}


def leave_out(packages: Iterable[str]) -> None:
    """Put empty modules in the place of ``packages`` in this process. Nothing is done for those already imported."""
    names = frozenset(name for name in packages if name not in sys.modules)
    if names:
        sys.meta_path.insert(0, _Finder(names))


class _Missing(type):
    """Class of whatever is named in an empty module: good for annotations and base classes, and nothing else."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        raise ModelError(
            "This server left out a package that its model needs: add the component to bot/lean_imports.py."
        )


class _Nothing(Exception, metaclass=_Missing):
    """What every name of an empty module stands for; an exception, so that it may stand behind ``except``."""


class _Empty(ModuleType):
    """A module in which every name can be imported."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the packages left out, with all that is inside them."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Called by the import system."""
        if fullname.partition(".")[0] not in self._names:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """Called by the import system."""
        return _Empty(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""
