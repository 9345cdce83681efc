import { h, icon, show } from "../dom";
import { allNumbers, callButton, countryNames, firstNumbers } from "../emergency";
import type { Key, Texts } from "../texts";
import type { Tel } from "../types";

export type View = "consent" | "chat" | "numbers" | "erase" | "ended";

export interface FrameActions {
  open(): void;
  close(): void;
  switchLanguage(): void;
  show(view: View): void;
  accept(): void;
  say(text: string): void;
  ask(payload: string, key: Key): void;
  download(): void;
  erase(): void;
  again(): void;
  renew(): void;
  input(): void;
  country(code: string): void;
}

const CHAT = "M4 3h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1h-9l-6 5v-5H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1z";
const CLOSE = "m5 6.4 1.4-1.4L12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6 10.6 12z";
const MORE = "M12 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zm0 6a2 2 0 1 0 0-4 2 2 0 0 0 0 4zm0 6a2 2 0 1 0 0-4 2 2 0 0 0 0 4z";
const SEND = "M3 20.5V14l9-2-9-2V3.5L22 12z";
const PHONE =
  "M6.6 10.8a15 15 0 0 0 6.6 6.6l2.2-2.2a1 1 0 0 1 1-.25 11 11 0 0 0 3.6.57 1 1 0 0 1 1 1V20a1 1 0 0 1-1 1A17 17 0 0 1 3 4a1 1 0 0 1 1-1h3.5a1 1 0 0 1 1 1 11 11 0 0 0 .57 3.6 1 1 0 0 1-.25 1z";

/** The launcher and the panel: everything that does not depend on what is said. */
export class Frame {
  readonly launcher: HTMLButtonElement;
  readonly badge = h("span", { class: "badge", hidden: true });
  readonly panel: HTMLDialogElement;
  readonly log = h("div", { class: "log", role: "log", tabindex: "0" });
  readonly status = h("p", { class: "status", role: "status" });
  readonly field = h("textarea", { id: "field", rows: "1", enterkeyhint: "send", autocomplete: "off" });
  readonly error = h("p", { class: "error", id: "error", role: "alert" });
  readonly form: HTMLFormElement;
  private readonly menuButton: HTMLButtonElement;
  private readonly menu: HTMLElement;
  private readonly views: Record<View, HTMLElement>;
  private readonly down = h("section", { class: "down line safety", role: "alert" });
  private readonly downParts: HTMLElement[];
  private readonly calls = h("div", { class: "calls" });
  private readonly renewal: HTMLButtonElement;
  private readonly counter = h("span", { class: "count" });
  private readonly kept: HTMLElement;
  private readonly numbers = h("div", {});
  private readonly strip = h("nav", { class: "strip" });
  private readonly select = h("select", { id: "country" });
  view: View = "consent";

  constructor(
    readonly texts: Texts,
    private readonly on: FrameActions,
    private country: string,
  ) {
    this.launcher = h("button", { class: "launcher", type: "button", "aria-haspopup": "dialog", onclick: () => on.open() });
    this.launcher.append(icon(CHAT), this.key("span", "launcher"), this.badge);
    this.menuButton = this.round(MORE, "menu", () => this.toggleMenu());
    this.menuButton.setAttribute("aria-expanded", "false");
    this.menuButton.setAttribute("aria-controls", "menu");
    this.menu = this.buildMenu();
    this.renewal = this.key("button", "renew", { class: "main", type: "button", onclick: () => on.renew(), hidden: true });
    this.downParts = [
      this.key("h3", "downTitle"),
      this.key("p", "downText"),
      this.calls,
      this.key("button", "moreLabel", { type: "button", class: "plain", onclick: () => on.show("numbers") }),
    ];
    this.form = this.buildForm();
    this.kept = this.key("p", "erasedFlagged", { hidden: true });
    const chat = h("div", { class: "chat" }, this.log, this.down, this.status, this.renewal, this.form);
    this.views = {
      consent: this.buildConsent(),
      chat,
      numbers: this.buildNumbers(),
      erase: this.buildErase(),
      ended: this.buildEnded(),
    };
    this.panel = h("dialog", { class: "panel", id: "panel" }, this.buildHeader(), this.strip, this.menu, ...Object.values(this.views));
    texts.label(this.panel, "panel");
    texts.label(this.log, "log");
    texts.label(this.strip, "numbersTitle");
    texts.bind(this.strip, () => this.fillNumbers());
    this.go("consent");
  }

  /** Shows one view of the panel; the composer belongs to the chat. */
  go(view: View): void {
    this.view = view;
    for (const [name, element] of Object.entries(this.views)) show(element, name === view);
    this.toggleMenu(false);
    show(this.menuButton, view === "chat");
  }

  focus(): void {
    const view = this.views[this.view];
    const chat = this.form.hidden ? this.renewal : this.field;
    const target = this.view === "chat" ? chat : view.querySelector<HTMLElement>("h3, button");
    target?.focus();
  }

  setCountry(country: string): void {
    this.country = country;
    this.fillNumbers();
  }

  /** The static emergency block: built into the file, it needs no server. Announced when it appears. */
  showDown(visible: boolean): void {
    if (visible === this.down.hasChildNodes()) return;
    this.down.replaceChildren(...(visible ? this.downParts : []));
  }

  showRenewal(visible: boolean): void {
    show(this.renewal, visible);
    show(this.form, !visible);
  }

  setUnread(count: number): void {
    show(this.badge, count > 0);
    this.badge.textContent = String(count);
    if (count) this.launcher.setAttribute("aria-label", this.texts.t("launcherUnread", { n: count }));
    else this.launcher.removeAttribute("aria-label");
  }

  setCount(length: number, limit: number): void {
    const { texts } = this;
    this.counter.textContent = length > limit * 0.8 ? texts.t("count", { n: length, max: limit }) : "";
    const over = length > limit;
    this.say(over ? texts.t("tooLong", { n: length, max: limit }) : "");
    this.field.setAttribute("aria-invalid", String(over));
  }

  /** A sentence under the message field, announced at once. */
  say(sentence: string): void {
    if (this.error.textContent !== sentence) this.error.textContent = sentence;
  }

  private key<K extends "button" | "span" | "h2" | "h3" | "p" | "label">(
    tag: K,
    key: Key,
    props: Parameters<typeof h>[1] = {},
  ): HTMLElementTagNameMap[K] {
    return this.texts.text(h(tag, props), key);
  }

  private round(path: string, key: Key, act: () => void): HTMLButtonElement {
    return this.texts.label(h("button", { class: "round", type: "button", onclick: act }, icon(path)), key);
  }

  private buildHeader(): HTMLElement {
    const language = this.key("button", "switch", { class: "plain", type: "button", onclick: () => this.on.switchLanguage() });
    this.texts.bind(language, (button) => {
      button.setAttribute("aria-label", this.texts.t("switchLabel"));
      button.lang = this.texts.lang === "fr" ? "en" : "fr";
    });
    return h(
      "header",
      {},
      h("div", { class: "title" }, this.key("h2", "name"), this.key("p", "role")),
      language,
      this.menuButton,
      this.round(CLOSE, "close", () => this.on.close()),
    );
  }

  private buildMenu(): HTMLElement {
    const item = (key: Key, act: () => void) =>
      this.key("button", key, {
        type: "button",
        onclick: () => {
          this.toggleMenu(false);
          act();
        },
      });
    return h(
      "div",
      { class: "menu", id: "menu", hidden: true },
      item("human", () => this.on.ask("/ask_human", "human")),
      item("comment", () => this.on.ask("/leave_comment", "comment")),
      item("download", () => this.on.download()),
      item("erase", () => this.on.show("erase")),
    );
  }

  private toggleMenu(open = this.menu.hidden): void {
    show(this.menu, open);
    this.menuButton.setAttribute("aria-expanded", String(open));
    if (open) this.menu.querySelector("button")?.focus();
  }

  /** Closes the menu and says whether it was open: Escape closes the innermost thing first. */
  escape(): boolean {
    if (this.menu.hidden) return false;
    this.toggleMenu(false);
    this.menuButton.focus();
    return true;
  }

  private buildConsent(): HTMLElement {
    return h(
      "div",
      { class: "page" },
      this.key("h3", "consentTitle", { tabindex: "-1" }),
      this.key("p", "consentBot"),
      this.key("p", "consentDanger", { class: "strong" }),
      this.key("p", "consentRead"),
      this.key("p", "consentKeep"),
      h(
        "div",
        { class: "row" },
        this.key("button", "consentYes", { class: "main", type: "button", onclick: () => this.on.accept() }),
        this.key("button", "consentNo", { class: "second", type: "button", onclick: () => this.on.close() }),
      ),
    );
  }

  private buildNumbers(): HTMLElement {
    this.select.addEventListener("change", () => this.on.country(this.select.value));
    return h(
      "div",
      { class: "page" },
      this.key("h3", "numbersTitle", { tabindex: "-1" }),
      h("p", { class: "field" }, this.key("label", "country", { for: "country" }), this.select),
      this.numbers,
      this.key("button", "back", { class: "second", type: "button", onclick: () => this.on.show("chat") }),
    );
  }

  private buildErase(): HTMLElement {
    return h(
      "div",
      { class: "page" },
      this.key("h3", "erase", { tabindex: "-1" }),
      this.key("p", "eraseAsk"),
      h(
        "div",
        { class: "row" },
        this.key("button", "eraseYes", { class: "main", type: "button", onclick: () => this.on.erase() }),
        this.key("button", "cancel", { class: "second", type: "button", onclick: () => this.on.show("chat") }),
      ),
      h("p", { class: "error", role: "alert" }),
    );
  }

  eraseFailed(failed: boolean): void {
    this.views.erase.querySelector(".error")!.textContent = failed ? this.texts.t("eraseFailed") : "";
  }

  /** Says that an alert of the erased conversation stays with the staff. */
  showKept(flagged: boolean): void {
    show(this.kept, flagged);
  }

  private buildEnded(): HTMLElement {
    return h(
      "div",
      { class: "page" },
      this.key("h3", "erased", { tabindex: "-1" }),
      this.kept,
      this.key("button", "again", { class: "main", type: "button", onclick: () => this.on.again() }),
    );
  }

  private buildForm(): HTMLFormElement {
    const send = h("button", { class: "send", type: "submit" }, icon(SEND));
    this.texts.label(send, "send");
    this.field.setAttribute("aria-describedby", "error");
    this.field.addEventListener("input", () => this.on.input());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.form.requestSubmit();
      }
    });
    const form = h("form", { class: "composer" }, this.key("label", "field", { for: "field" }), this.counter, this.error);
    form.append(h("div", { class: "row" }, this.field, send));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.on.say(this.field.value);
    });
    return form;
  }

  private fillNumbers(): void {
    const { texts } = this;
    const { emergency, crisis } = firstNumbers(this.country, texts.lang);
    const quick = (tel: Tel | undefined, key: Key) =>
      tel && h("a", { href: tel.href }, texts.t(key), " ", h("b", {}, tel.number));
    const label = { "aria-label": texts.t("moreLabel") };
    const more = h("button", { type: "button", class: "plain", ...label, onclick: () => this.on.show("numbers") }, texts.t("more"));
    this.strip.replaceChildren(
      icon(PHONE),
      ...[quick(emergency, "emergencyStrip"), quick(crisis, "crisisStrip"), more].filter((item): item is HTMLAnchorElement => Boolean(item)),
    );
    this.select.replaceChildren(
      h("option", { value: "unknown" }, texts.t("countryUnknown")),
      ...countryNames(texts.lang).map(([code, name]) => h("option", { value: code }, name)),
    );
    this.select.value = this.country;
    this.numbers.replaceChildren(...allNumbers(this.country, texts));
    this.calls.replaceChildren(
      ...[emergency, crisis].filter((tel): tel is Tel => Boolean(tel)).map((tel) => callButton(tel, texts)),
    );
  }
}
