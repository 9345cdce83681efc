"""Going through the widget by keyboard."""

from __future__ import annotations

from tests.widget.panel import Panel


def press_until(panel: Panel, target: str, key: str = "Tab", at_most: int = 40) -> None:
    """Press a key until the focus is on ``target``."""
    for _ in range(at_most):
        panel.page.keyboard.press(key)
        if panel.find(target).evaluate("element => element.getRootNode().activeElement === element"):
            return
    raise AssertionError(f"{target} cannot be reached by {key}")
