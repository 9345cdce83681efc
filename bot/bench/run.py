"""One run of the bench: both sides on the same messages and machine, one after the other, their order alternated."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from bot.bench import growth, latency, load, quality
from bot.bench.plan import Plan
from bot.bench.results import Results, machine
from bot.bench.sample import Sample, draw, gold_of, questions
from bot.bench.servers import Servers, running
from bot.bench.sides import DEFAULT, OURS, Side, prepare_default, prepare_ours
from bot.bench.training import train
from bot.errors import ContentError, ModelError
from bot.evaluation.predict import read_rows
from bot.evaluation.progress import bar
from bot.nlu.training_data import load_examples

T = TypeVar("T")
_LED_TURNS = 1000


class Bench:
    """Measures step by step, says what it does, and keeps what it has after each step."""

    def __init__(self, plan: Plan, folder: Path, console: Console) -> None:
        self._plan = plan
        self._folder = folder
        self._console = console
        examples = load_examples()
        self._sample: Sample = draw(examples, plan.messages)
        serve_all = plan.serve_all and bool(self._sample.held_out)
        self._served: Sample = draw(examples, None) if serve_all else self._sample
        self._texts = questions(self._sample, plan.replies)
        about = {**machine(), "messages": len(self._sample.train), "of": len(examples), "epochs": plan.epochs}
        about["served"] = len(self._served.train)
        self.results = Results({**about, "rounds": plan.rounds, "replies": plan.replies, "trial": plan.trial})

    def run(self) -> Results:
        """Everything, in order. Raises RepereError for what could not be measured."""
        self._console.print(f"{len(self._sample.train)} training messages, the same for both sides.")
        taught = served = self._prepare(self._folder, self._sample, self._plan.epochs)
        if self._plan.reuse is not None:
            self._reuse(taught[1], self._plan.reuse)
        self._train(taught)
        if self._served is not self._sample:
            self._console.print(f"Now all {len(self._served.train)} messages, the default for one epoch.")
            served = self._prepare(self._folder / "all", self._served, 1)
            self._train(served, "_all")
        for step in (self._start, self._talk, self._deep, self._load):
            step(served)
            self.results.write(self._folder)
        self._judge(taught)
        self.results.write(self._folder)
        return self.results

    @staticmethod
    def _prepare(folder: Path, sample: Sample, epochs: int | None) -> list[Side]:
        sides = [prepare_ours(folder / OURS, sample), prepare_default(folder / DEFAULT, sample, epochs)]
        for side in sides:
            for old in side.folder.glob("*.db*"):
                old.unlink()
        return sides

    def _reuse(self, side: Side, earlier: Path) -> None:
        """Take the default's model, and what its training took, from an earlier run on the same messages."""
        model, kept = earlier / DEFAULT / "models" / side.model.name, earlier / "results.json"
        if not (model.is_file() and kept.is_file()):
            raise ModelError(f"{earlier} holds no default model of an earlier run of the bench.")
        before = Results.read(kept)
        known = ("messages", "of", "epochs")
        if any(before.about[key] != self.results.about[key] for key in known):
            raise ModelError(f"The model in {earlier} was trained on other messages or epochs: train it again.")
        side.model.parent.mkdir(parents=True, exist_ok=True)
        if model.resolve() != side.model.resolve():
            shutil.copyfile(model, side.model)
        for figure in ("training", "training_peak", "model"):
            for value in before.samples[figure][DEFAULT]:
                self.results.add(figure, DEFAULT, value)
        self.results.about["reused"] = before.about["date"]

    def _train(self, sides: list[Side], of: str = "") -> None:
        """Train both; ``of``: end of the figures' names."""
        for side in sides:
            if self._plan.reuse is not None and side.name == DEFAULT and not of:
                continue
            with self._console.status("") as status:

                def say(how_far: str, title: str = side.title) -> None:
                    status.update(f"training {title}: {how_far}")

                trained = train(side, say)
            self.results.add(f"training{of}", side.name, trained.seconds)
            self.results.add(f"training_peak{of}", side.name, trained.peak)
            self.results.add(f"model{of}", side.name, trained.size)
            self._console.print(f"trained {side.title}: {trained.seconds:.0f} s, {trained.size:.1f} MB")

    def _start(self, sides: list[Side]) -> None:
        with self._bar("starts", self._plan.rounds * len(sides)) as tick:
            for number in range(self._plan.rounds):
                for side in _alternated(sides, number):
                    servers = Servers(side)
                    try:
                        self.results.add("start", side.name, servers.start())
                        self.results.add("memory_ready", side.name, servers.memory().resident)
                    finally:
                        servers.stop()
                    tick()
        self._say("start", "start to first reply", "s")

    def _talk(self, sides: list[Side]) -> None:
        texts = self._texts
        with running(*sides) as servers, self._bar("replies", self._plan.rounds * len(texts) * 3) as tick:
            for each in servers:  # code paths and caches
                latency.over_rest(each, texts[:10], lambda: None)
            for number in range(self._plan.rounds):
                for each in _alternated(servers, number):
                    used = each.processor_seconds()
                    self._percentiles("rest", each.side.name, latency.over_rest(each, texts, tick))
                    used = each.processor_seconds() - used
                    self.results.add("processor", each.side.name, used * 1000 / len(texts))
                    if each.side.name == OURS:
                        self._percentiles("widget", OURS, latency.over_widget(each, texts, tick))
            for each in servers:
                self._memory(each)
        self._say("rest_p50", "reply over REST, p50", "ms")
        self._say("rest_p95", "reply over REST, p95", "ms")
        self._say("widget_p50", "reply over the widget's channel, p50", "ms")

    def _percentiles(self, channel: str, side: str, times: list[float]) -> None:
        for name, value in latency.percentiles(times).items():
            self.results.add(f"{channel}_{name}", side, value)

    def _memory(self, servers: Servers) -> None:
        name, memory = servers.side.name, servers.memory()
        self.results.add("memory", name, memory.resident)
        self.results.add("memory_peak", name, memory.peak)
        actions = servers.actions_memory()
        if actions is not None:
            self.results.add("memory_actions", name, actions.resident)

    def _deep(self, sides: list[Side]) -> None:
        plan = self._plan
        for side in sides:
            steps = growth.BASE_TURNS + plan.copies * len(plan.turns)
            with running(side) as (servers,), self._bar(f"deep conversations, {side.title}", steps) as tick:
                found = growth.at_depths(servers, self._texts, plan.turns, plan.copies, tick)
            self.results.depths[side.name] = [asdict(depth) for depth in found]
        ours = next(side for side in sides if side.name == OURS)
        turns = min(_LED_TURNS, max(plan.turns))
        with running(ours) as (servers,), self._bar(f"a conversation of {turns} turns", turns + 5) as tick:
            led = growth.led(servers, self._texts, turns, tick)
        self.results.led = {str(turn): ms for turn, ms in led.items()}
        self._console.print("this project, turn by turn: " + ", ".join(f"{t}: {ms:.1f} ms" for t, ms in led.items()))

    def _load(self, sides: list[Side]) -> None:
        plan = self._plan
        most = len(plan.conversations) * 5 * plan.rounds * len(sides)
        with running(*sides) as servers, self._bar("load", most) as tick:
            for each in servers:  # code paths and caches
                latency.over_rest(each, self._texts[:10], lambda: None)
            for count in plan.conversations:
                rounds: dict[str, list[load.Capacity]] = {side.name: [] for side in sides}
                for number in range(plan.rounds):
                    for each in _alternated(servers, number):
                        found = load.capacity(each.base, self._texts, self._folder, count, plan.trial, tick)
                        rounds[each.side.name].append(found)
                for name, of_side in rounds.items():
                    rows = sorted((_capacity_row(found) for found in of_side), key=lambda row: row["rate"])
                    for row in rows:
                        self.results.add(f"rate_{count}", name, row["rate"])
                    self.results.capacity.setdefault(name, []).append(_in_the_middle(rows))
                self._say(f"rate_{count}", f"{count} at once", "messages/s")

    def _judge(self, sides: list[Side]) -> None:
        rows = self._gold()
        if not rows:
            self._console.print("Answer quality: no message is left that neither side has seen; give --gold.")
            return
        self.results.about["judged"] = len(rows)
        self.results.about["gold"] = self._plan.gold.name if self._plan.gold else "held out"
        ours, default = sides
        with self._bar(f"answers, {ours.title}", len(rows)) as tick:
            self.results.quality[OURS] = quality.quality_of(rows, quality.ours(ours, rows, tick))
        with running(default) as (servers,), self._bar(f"answers, {default.title}", len(rows)) as tick:
            self.results.quality[DEFAULT] = quality.quality_of(rows, quality.default(servers, rows, tick))

    def _gold(self) -> list[quality.Row]:
        if self._plan.gold is None:
            return gold_of(self._sample, self._plan.judged)
        rows = read_rows(self._plan.gold)
        for number, row in enumerate(rows, 1):
            if "label" not in row or row.get("lang") not in ("fr", "en"):
                raise ContentError(f"{self._plan.gold}:{number}: a gold row needs 'label' and 'lang' (fr or en).")
        return rows

    def _say(self, figure: str, title: str, unit: str) -> None:
        parts = []
        for side in (OURS, DEFAULT):
            value = self.results.middle(figure, side)
            if value is not None:
                parts.append(f"{side} {value:.1f} {unit}")
        self._console.print(f"{title}: {', '.join(parts)}")

    @contextmanager
    def _bar(self, what: str, total: int) -> Iterator[Callable[[], None]]:
        with bar(what, total) as tick:
            yield tick


def _alternated(things: Sequence[T], number: int) -> list[T]:
    return list(things) if number % 2 == 0 else list(reversed(things))


def _in_the_middle(rows: Sequence[T]) -> T:
    """Of an even number the lower one."""
    return rows[(len(rows) - 1) // 2]


def _capacity_row(found: load.Capacity) -> dict[str, float]:
    return {
        "conversations": found.conversations,
        "rate": found.best.rate if found.best else 0.0,
        "p95": found.best.p95 if found.best else 0.0,
        "flat_out_rate": found.flat_out.rate,
        "flat_out_p95": found.flat_out.p95,
    }
