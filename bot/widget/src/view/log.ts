import { h } from "../dom";
import { Transcript } from "../transcript";
import type { Line } from "../types";
import { LineView, type LineActions, type SendState } from "./line";

const SUGGESTIONS = ["suggest1", "suggest2", "suggest3"] as const;

/** The transcript on screen: adds, replaces and scrolls; reads nothing aloud that is not new. */
export class Log {
  private readonly views = new Map<string, LineView>();
  private readonly states = new Map<string, SendState>();
  private opening: HTMLElement | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly transcript: Transcript,
    private readonly on: LineActions,
  ) {}

  knows(line: Line): boolean {
    return this.transcript.find(line.id) !== undefined;
  }

  /** The first words of the widget itself, with questions to start from. */
  intro(say: (text: string) => void): void {
    const { texts } = this.on;
    const buttons = SUGGESTIONS.map((key) => h("button", { type: "button", onclick: () => say(texts.t(key)) }, texts.t(key)));
    const group = h("div", { class: "quick", role: "group", "aria-label": texts.t("choices") }, ...buttons);
    const opening = h("div", { class: "line bot" }, h("div", { class: "body" }, h("p", {}, texts.t("intro"))), group);
    if (this.opening) this.opening.replaceWith(opening);
    else this.element.prepend(opening);
    this.opening = opening;
    this.refresh();
  }

  put(line: Line): void {
    const { fresh, replaced } = this.transcript.put(line);
    if (fresh) {
      this.draw(line, replaced);
      this.refresh();
      this.reveal(line);
    } else if (line.kind === "rating") this.refresh();
  }

  /** Lines of before: shown, not announced. */
  history(lines: Line[], visible: boolean): void {
    this.silently(() => {
      for (const line of lines) {
        const { fresh, replaced } = this.transcript.put(line);
        if (fresh) this.draw(line, replaced);
      }
      this.refresh();
    });
    if (visible) this.toEnd();
  }

  redraw(): void {
    this.silently(() => {
      for (const line of this.transcript.lines) {
        const old = this.views.get(line.id);
        if (old) this.draw(line, line);
      }
      this.refresh();
    });
  }

  clear(): void {
    this.views.clear();
    this.states.clear();
    this.opening = null;
    this.element.replaceChildren();
  }

  delivery(id: string, state: SendState): void {
    this.states.set(id, state);
    this.views.get(id)?.delivery(state);
  }

  refresh(): void {
    const { lines, rated } = this.transcript;
    const last = lines.map((line) => line.from).lastIndexOf("me");
    lines.forEach((line, index) => this.views.get(line.id)?.refresh(index > last, rated.get(line.id)));
    const suggestions = this.opening?.querySelector<HTMLElement>(".quick");
    if (suggestions) suggestions.hidden = lines.length > 0;
  }

  toEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
  }

  private draw(line: Line, replaced: Line | undefined): void {
    const view = new LineView(line, this.on);
    const old = replaced && this.views.get(replaced.id);
    if (replaced) this.views.delete(replaced.id);
    this.views.set(line.id, view);
    if (old) old.element.replaceWith(view.element);
    else this.element.insertBefore(view.element, this.follower(line));
    // What the server tells of, it has.
    view.delivery(this.states.get(line.id) ?? "sent");
  }

  /** The element before which a line belongs; null for the end. */
  private follower(line: Line): Node | null {
    const { lines } = this.transcript;
    for (let index = lines.indexOf(line) + 1; index < lines.length; index++) {
      const next = this.views.get(lines[index]!.id);
      if (next) return next.element;
    }
    return null;
  }

  /** Scrolls to the end, but never past the beginning of what was just said: an urgent line, or a turn of the bot. */
  private reveal(line: Line): void {
    const message = line.turn?.replace(/:\d+$/, "");
    const said = message ? this.transcript.lines.filter((each) => each.turn?.startsWith(`${message}:`)) : [line];
    const first = said.find((each) => each.kind === "safety") ?? said[0] ?? line;
    const top = this.views.get(first.id)?.element.offsetTop ?? 0;
    const end = this.element.scrollHeight - this.element.clientHeight;
    this.element.scrollTop = line.from === "me" ? end : Math.min(end, top - 8);
  }

  private silently(act: () => void): void {
    this.element.setAttribute("aria-live", "off");
    act();
    setTimeout(() => this.element.removeAttribute("aria-live"), 500);
  }
}
