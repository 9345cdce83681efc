import { h, icon, show } from "../dom";
import { callButton, firstNumbers } from "../emergency";
import { typeset, type Texts } from "../texts";
import type { Button, Line, Tel } from "../types";

export type SendState = "sending" | "waiting" | "sent" | "failed";

export interface LineActions {
  texts: Texts;
  country(): string;
  choose(button: Button): void;
  rate(line: Line, useful: boolean): void;
}

const WARNING = "M12 2 1 21h22L12 2zm1 14h-2v-5h2v5zm0 3.5h-2v-2h2v2z";

/** One line as it stands in the log, with the parts of it that change later. */
export class LineView {
  readonly element: HTMLElement;
  private readonly quick: HTMLElement | null;
  private readonly useful: HTMLElement | null;
  private readonly state = h("small", { class: "state", "aria-live": "off" });

  constructor(
    readonly line: Line,
    private readonly on: LineActions,
  ) {
    const { texts } = on;
    const urgent = line.kind === "safety" && line.from === "bot";
    this.quick = line.buttons.length ? this.choices() : null;
    this.useful = line.kind === "answer" ? h("div", { class: "useful" }) : null;
    const body = h("div", { lang: line.lang, class: "body" }, ...paragraphs(line));
    const time = h("time", { datetime: new Date(line.at * 1000).toISOString() }, clock(line.at, texts.lang));
    const who = h("p", { class: "who" }, urgent && icon(WARNING), h("b", {}, this.author()), " ", time);
    this.element = h(
      urgent ? "section" : "div",
      {
        class: `line ${line.from} ${line.kind}`,
        "data-id": line.id,
        role: urgent && "alert",
        tabindex: urgent && "-1",
      },
      who,
      urgent && this.calls(),
      body,
      this.quick,
      this.useful,
      line.from === "me" && this.state,
    );
  }

  /** Quick replies and the question about usefulness belong to the newest answer; a safety block keeps its own. */
  refresh(newest: boolean, rated: boolean | undefined): void {
    if (this.quick) show(this.quick, newest || this.line.kind === "safety");
    if (!this.useful) return;
    show(this.useful, newest || rated !== undefined);
    this.useful.replaceChildren(...(rated === undefined ? this.question() : [this.on.texts.t("usefulDone")]));
  }

  delivery(state: SendState): void {
    if (this.line.from !== "me") return;
    this.state.textContent = this.on.texts.t(state);
    this.state.dataset["state"] = state;
  }

  private author(): string {
    const { texts } = this.on;
    if (this.line.from === "me") return texts.t("me");
    if (this.line.from === "person") {
      return this.line.name ? `${this.line.name}, ${texts.t("person").toLowerCase()}` : texts.t("person");
    }
    return texts.t(this.line.kind === "safety" ? "safety" : this.line.kind === "notice" ? "notice" : "bot");
  }

  private calls(): HTMLElement {
    const { texts } = this.on;
    const first = firstNumbers(this.on.country(), texts.lang);
    const named = this.line.tel.filter((tel) => tel.big);
    const numbers = named.length ? named : [first.emergency, first.crisis];
    return h(
      "div",
      { class: "calls" },
      ...numbers.filter((number): number is Tel => Boolean(number)).map((number) => callButton(number, texts)),
    );
  }

  private choices(): HTMLElement {
    const buttons = this.line.buttons.map((button) =>
      h("button", { type: "button", lang: this.line.lang, onclick: () => this.on.choose(button) }, typeset(button.title, this.line.lang)),
    );
    return h("div", { class: "quick", role: "group", "aria-label": this.on.texts.t("choices") }, ...buttons);
  }

  private question(): Node[] {
    const { texts } = this.on;
    const vote = (useful: boolean) =>
      h("button", { type: "button", onclick: () => this.on.rate(this.line, useful) }, texts.t(useful ? "yes" : "no"));
    const group = h("span", { role: "group", "aria-label": texts.t("useful") }, vote(true), vote(false));
    return [h("span", {}, texts.t("useful")), group];
  }
}

export function clock(at: number, lang: string): string {
  return new Date(at * 1000).toLocaleTimeString(lang === "fr" ? "fr" : "en-GB", { hour: "2-digit", minute: "2-digit" });
}

/** The text as paragraphs, with addresses and the numbers that the line names turned into links. */
function paragraphs(line: Line): HTMLElement[] {
  const numbers = line.tel.map((tel) => tel.number.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const call = numbers.length ? `|(^|[^\\d,.])(${numbers.join("|")})(?!\\d)` : "";
  const links = new RegExp(`https?://[^\\s<>"'”»]*[^\\s<>"'”».,;:!?)]${call}`, "g");
  const text = line.from === "me" ? line.text : typeset(line.text, line.lang);
  return text.split(/\n{2,}/).map((paragraph) => {
    const parts: (Node | string)[] = [];
    let end = 0;
    for (const [all, before = "", number] of matches(paragraph, links)) {
      const start = links.lastIndex - all.length + before.length;
      parts.push(paragraph.slice(end, start), link(number ?? all, line.tel));
      end = links.lastIndex;
    }
    return h("p", {}, ...parts, paragraph.slice(end));
  });
}

function* matches(text: string, pattern: RegExp): Generator<RegExpExecArray> {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) yield match;
}

function link(text: string, tels: Tel[]): HTMLAnchorElement {
  const tel = tels.find(({ number }) => number === text);
  if (tel) return h("a", { href: tel.href }, text);
  return h("a", { href: text, target: "_blank", rel: "noopener noreferrer" }, text);
}
