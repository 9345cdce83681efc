"""Table, pictures and the place in the document that they go to."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.bench.report import BEGIN, END, put, table, write_report
from bot.bench.results import Results, machine
from bot.bench.sides import DEFAULT, OURS
from bot.errors import ContentError


@pytest.fixture
def results() -> Results:
    about = {
        **machine(),
        "messages": 2000,
        "of": 22000,
        "served": 2000,
        "epochs": None,
        "rounds": 3,
        "replies": 200,
        "trial": 12,
    }
    made = Results({**about, "judged": 10, "gold": "held out"})
    for figure, ours, default in (
        ("training", [20.0], [600.0]),
        ("model", [4.0], [16.0]),
        ("start", [8.0, 10.0, 9.0], [40.0, 44.0, 42.0]),
        ("rest_p50", [10.0], [50.0]),
        ("rest_p95", [160.0], [90.0]),
        ("memory_peak", [620.0], [1100.0]),
    ):
        for value in ours:
            made.add(figure, OURS, value)
        for value in default:
            made.add(figure, DEFAULT, value)
    made.add("widget_p50", OURS, 12.0)
    made.depths = {
        OURS: [{"turn": 10, "cold": [20.0], "warm": [10.0]}, {"turn": 1000, "cold": [22.0], "warm": [14.0]}],
        DEFAULT: [{"turn": 10, "cold": [60.0], "warm": [50.0]}, {"turn": 1000, "cold": [3000.0], "warm": [2000.0]}],
    }
    made.led = {"10": 10.0, "1000": 11.0}
    row = {"conversations": 10, "p95": 180.0, "flat_out_rate": 60.0, "flat_out_p95": 900.0}
    made.capacity = {OURS: [{**row, "rate": 50.0}], DEFAULT: [{**row, "rate": 20.0}]}
    shares = {group: {"answered_right": (0.5, 10)} for group in ("all", "fr", "en")}
    made.quality = {OURS: shares, DEFAULT: shares}
    return made


def line_of(lines: list[str], start: str) -> str:
    return next(line for line in lines if line.startswith(f"| {start}"))


def test_median_with_spread_ratio_and_goal(results: Results) -> None:
    lines = table(results)
    assert (
        line_of(lines, "start")
        == "| start to first reply | 9.00 (8.00–10.0) s | 42.0 (40.0–44.0) s | 0.21 | ≤ 0.50 | yes |"
    )
    assert line_of(lines, "training |").endswith("| 0.03 | ≤ 0.05 | yes |")
    assert line_of(lines, "size of the model").endswith("| 0.25 | ≤ 0.20 | **no** |")


def test_what_one_side_alone_has_is_no_ratio(results: Results) -> None:
    assert line_of(table(results), "reply over the widget's channel, p50") == (
        "| reply over the widget's channel, p50 | 12.0 ms | – | – |  |  |"
    )


def test_the_document_holds_everything(results: Results, tmp_path: Path) -> None:
    document = tmp_path / "docs" / "performance.md"
    write_report(results, document)
    text = document.read_text(encoding="utf-8")
    assert "a sample (2000 of 22000)" in text
    assert "of one epoch" not in text
    assert "turn 1000 costs 1.40 times turn 10 warm (goal ≤ 1.3: **no**), 1.10 cold" in text
    assert "turn 1000 costs 40.0 times turn 10 warm, 50.0 cold" in text
    assert "| p95 over REST with one patient writing | 160 ms | ≤ 150 ms | **no** |" in text
    assert "| 10 | 50.0/s (p95 180 ms) | 20.0/s (p95 180 ms) | 2.50 | ≥ 3 | **no** |" in text
    assert "| answered_right | 50.0% of 10 | 50.0% of 10 | 50.0% of 10 | 50.0% of 10 |" in text
    pictures = sorted(path.name for path in (document.parent / "images").iterdir())
    assert pictures == ["performance-load.svg", "performance-ratios.svg", "performance-turns.svg"]
    assert all(f"(images/{name})" in text for name in pictures)


def test_models_of_all_messages_have_their_own_rows(results: Results, tmp_path: Path) -> None:
    results.about["served"] = 22000
    for figure, ours, default in (("training_all", 95.0, 460.0), ("model_all", 4.0, 200.0)):
        results.add(figure, OURS, ours)
        results.add(figure, DEFAULT, default)
    write_report(results, tmp_path / "p.md")
    text = (tmp_path / "p.md").read_text(encoding="utf-8")
    assert "models of all 22000 messages, the default's of one epoch" in text
    assert "| size of the model of all messages | 4.00 MB | 200 MB | 0.02 | ≤ 0.20 | yes |" in text
    assert "| training, all messages | 95.0 s | ≤ 90 s | **no** |" in text


def test_a_picture_changes_only_with_its_figures(results: Results, tmp_path: Path) -> None:
    write_report(results, tmp_path / "a" / "p.md")
    write_report(results, tmp_path / "b" / "p.md")
    for path in (tmp_path / "a" / "images").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / "images" / path.name).read_bytes()


def test_what_people_wrote_around_it_stays(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\nAfter.\n", encoding="utf-8")
    put(document, "new")
    put(document, "newer")
    assert document.read_text(encoding="utf-8") == f"# Before\n\n{BEGIN}\nnewer\n{END}\n\nAfter.\n"


def test_a_document_with_one_mark_is_refused(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"{BEGIN}\nold\n", encoding="utf-8")
    with pytest.raises(ContentError, match="is missing"):
        put(document, "new")


def test_values_are_read_again(results: Results, tmp_path: Path) -> None:
    read = Results.read(results.write(tmp_path))
    assert read.samples == results.samples
    assert read.middle("start", OURS) == 9.0
    assert read.ratio("start") == pytest.approx(9 / 42)
    assert read.ratio("widget_p50") is None


def test_rates_of_several_rounds_have_their_spread(results: Results, tmp_path: Path) -> None:
    for rate in (44.0, 50.0, 58.0):
        results.add("rate_10", OURS, rate)
    write_report(results, tmp_path / "performance.md")
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "| 10 | 50.0 (44.0–58.0)/s (p95 180 ms) | 20.0/s (p95 180 ms) | 2.50 | ≥ 3 | **no** |" in text
