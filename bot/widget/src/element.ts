import { Connection, type Listener } from "./connection";
import { h } from "./dom";
import { download } from "./download";
import { known } from "./emergency";
import style from "./style.css";
import { COUNTRY, DRAFT, LANG, OPEN, freshId, shared, tab, type Pass } from "./storage";
import { Texts, type Key } from "./texts";
import { Transcript } from "./transcript";
import type { Batch, Button, Lang, Line, Outgoing, Refusal, Status } from "./types";
import { Frame, type FrameActions, type View } from "./view/frame";
import { Log } from "./view/log";

const LARGEST = 15_000; // characters, four bytes each at most: what one frame of the connection takes
const SLOW = 15_000; // ms without an answer before the page says that it takes long
const TROUBLE: Partial<Record<Status, Key>> = {
  connecting: "connecting",
  reconnecting: "reconnecting",
  offline: "offline",
  down: "down",
  expired: "expired",
  origin: "refusedOrigin",
};

/** A style sheet made by script needs no word of the page's policy; browsers before 2023 only know the other kind. */
function dress(root: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(h("style", {}, style));
  }
}

/** The whole widget as one element. Attributes: lang, country, api, theme (light, dark), position (left, right). */
export class RepereChat extends HTMLElement implements Listener, FrameActions {
  private texts!: Texts;
  private frame!: Frame;
  private log!: Log;
  private connection!: Connection;
  private readonly transcript = new Transcript();
  private unread = 0;
  private typingFrom: "bot" | "person" | null = null;
  private slow = 0;
  private isSlow = false;
  private caughtUp = false;
  private backOnline = 0;

  connectedCallback(): void {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    dress(root);
    this.texts = new Texts(this.firstLanguage());
    this.frame = new Frame(this.texts, this, this.countryCode);
    this.log = new Log(this.frame.log, this.transcript, {
      texts: this.texts,
      country: () => this.countryCode,
      choose: (button) => this.choose(button),
      rate: (line, useful) => this.rate(line, useful),
    });
    const { frame } = this;
    const place = h("section", { class: "place" }, frame.launcher, frame.panel);
    this.texts.label(place, "panel");
    this.texts.bind(place, (element) => (element.lang = this.texts.lang));
    root.append(place);
    frame.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        if (!frame.escape()) this.close();
      }
    });
    frame.panel.addEventListener("cancel", (event) => event.preventDefault());
    frame.field.value = tab.get<string>(DRAFT) ?? "";
    this.connection = new Connection(this.getAttribute("api") ?? "/webhooks/widget/", this);
    if (this.connection.pass) this.resume();
    if (tab.get<boolean>(OPEN)) this.open(false);
  }

  // --- what the page may call ---

  open(focus = true): void {
    const { panel } = this.frame;
    if (!panel.open) {
      // On a phone the panel covers the page: then the page behind it must not be reachable.
      if (matchMedia("(max-width: 30rem), (max-height: 30rem)").matches && focus) panel.showModal();
      else panel.show();
      this.frame.launcher.hidden = true;
      tab.set(OPEN, true);
    }
    this.setUnread(0);
    this.fit();
    this.log.toEnd();
    if (focus) this.frame.focus();
    this.acknowledge();
  }

  close(): void {
    this.frame.panel.close();
    this.frame.launcher.hidden = false;
    this.frame.launcher.focus();
    tab.set(OPEN, null);
  }

  /** Opens on a conversation that the server started, for instance after a comment that needs an answer. */
  adopt(pass: Pass): void {
    if (pass.conversation !== this.connection.pass?.conversation) {
      this.wiped();
      this.resume(pass);
    }
    this.open();
  }

  get token(): string | null {
    return this.connection.pass?.token ?? null;
  }

  /** Chosen by the person, or given by the page; "unknown" when neither is a country we have numbers of. */
  get countryCode(): string {
    return known(shared.get<string>(COUNTRY) ?? this.getAttribute("country"));
  }

  // --- what the person does ---

  accept(): void {
    this.frame.go("chat");
    this.log.intro((text) => this.say(text));
    this.connection.start();
    this.frame.focus();
  }

  say(text: string): void {
    const clean = text.replace(/\u00a0/g, " ").trim();
    // Over the limit the server decides: danger is never sent back to be shortened.
    if (!clean || clean.length > LARGEST) return this.input();
    this.submit({ id: freshId(), text: clean, lang: this.texts.lang }, clean);
    this.frame.field.value = "";
    this.input();
    this.frame.field.focus();
  }

  ask(payload: string, key: Key): void {
    this.choose({ payload, title: this.texts.t(key) });
  }

  input(): void {
    const { field } = this.frame;
    tab.set(DRAFT, field.value || null);
    this.frame.setCount(field.value.trim().length, this.connection.limit);
    this.fit();
  }

  show(view: View): void {
    // Without consent there is no chat to go back to.
    const back = view === "chat" && this.connection.status === "idle" ? "consent" : view;
    this.frame.eraseFailed(false);
    this.frame.go(back);
    this.frame.focus();
    if (back === "chat") this.log.toEnd();
  }

  switchLanguage(): void {
    const lang: Lang = this.texts.lang === "fr" ? "en" : "fr";
    shared.set(LANG, { lang, page: this.pageLanguage() });
    this.texts.switchTo(lang);
    this.log.redraw();
    this.log.intro((text) => this.say(text));
    this.input();
    this.report();
    this.setUnread(this.unread);
  }

  country(code: string): void {
    shared.set(COUNTRY, code);
    this.frame.setCountry(code);
    this.log.redraw();
  }

  download(): void {
    download(this.transcript.lines, this.texts);
  }

  async erase(): Promise<void> {
    const answer = await this.connection.erase();
    if (answer?.ok) this.erased(answer.flagged === true);
    else this.frame.eraseFailed(true);
  }

  again(): void {
    this.frame.go("consent");
    this.frame.focus();
  }

  renew(): void {
    this.transcript.cursor = 0;
    this.connection.start();
    this.frame.focus();
  }

  // --- what the connection reports ---

  status(status: Status): void {
    if (status === "online" && this.caughtUp) {
      this.backOnline = Date.now();
      setTimeout(() => this.report(), 3_100);
    }
    if (status !== "online") this.typing(false);
    this.frame.showDown(status === "down" || status === "offline" || status === "origin");
    this.frame.showRenewal(status === "expired");
    for (const { id } of this.connection?.outbox.waiting ?? []) this.log.delivery(id, this.pending());
    this.report();
  }

  line(line: Line): void {
    if (line.from !== "me") this.patient();
    this.log.put(line);
    if (line.from === "me") return;
    const { panel } = this.frame;
    if (line.kind === "safety" && !panel.open) this.open(false);
    if (!panel.open) this.setUnread(this.unread + 1);
    this.acknowledge();
  }

  batch(batch: Batch): void {
    if (this.caughtUp) for (const line of batch.lines) this.log.knows(line) ? this.log.put(line) : this.line(line);
    else this.log.history(batch.lines, this.frame.panel.open);
    this.caughtUp = true;
    this.transcript.cursor = Math.max(this.transcript.cursor, batch.seq);
    this.acknowledge();
  }

  typing(on: boolean, from: "bot" | "person" = "bot"): void {
    this.typingFrom = on ? from : null;
    this.patient();
    if (on) {
      this.slow = setTimeout(() => {
        this.isSlow = from === "bot";
        this.report();
      }, SLOW);
    }
    this.report();
  }

  sent(id: string): void {
    this.log.delivery(id, "sent");
    this.frame.say("");
  }

  refused(message: Outgoing, refusal: Refusal): void {
    const waits = refusal.error === "too_many" || refusal.error === "unavailable";
    this.log.delivery(message.id, waits ? "waiting" : "failed");
    const key = refusal.error === "too_many" ? "tooMany" : refusal.error === "unavailable" ? "down" : "refused";
    this.frame.say(refusal.text ?? this.texts.t(key));
    // Nothing typed is lost: what cannot be sent goes back into the field, if that is free.
    if (!waits && message.text && !this.frame.field.value) {
      this.frame.field.value = message.text;
      tab.set(DRAFT, message.text);
    }
  }

  /** The stored conversation is gone, and with it what stands here. */
  wiped(): void {
    this.transcript.clear();
    this.log.clear();
  }

  erased(flagged: boolean): void {
    this.wiped();
    this.frame.showKept(flagged);
    this.connection.outbox.clear();
    this.connection.leave();
    this.caughtUp = false;
    this.frame.field.value = "";
    this.input();
    this.frame.go("ended");
    if (this.frame.panel.open) this.frame.focus();
  }

  cursor(): number {
    return this.transcript.cursor;
  }

  language(): Lang {
    return this.texts.lang;
  }

  // --- inside ---

  private resume(pass?: Pass): void {
    this.frame.go("chat");
    this.caughtUp = false;
    this.log.intro((text) => this.say(text));
    for (const message of this.connection.outbox.waiting) this.own(message, message.text ?? message.title ?? "");
    if (pass) this.connection.adopt(pass);
    else this.connection.start();
  }

  private choose(button: Button): void {
    const { payload, title } = button;
    if (!payload.startsWith("/")) return this.say(payload);
    this.submit({ id: freshId(), payload, title, lang: this.texts.lang }, title);
    this.frame.field.focus();
  }

  private rate(line: Line, useful: boolean): void {
    const payload = useful ? "/useful" : "/not_useful";
    this.transcript.rated.set(line.id, useful);
    this.log.refresh();
    this.connection.outbox.add({ ...this.context(), id: freshId(), payload, ref: line.id, lang: this.texts.lang });
    this.frame.field.focus();
  }

  private submit(message: Outgoing, text: string): void {
    const whole = { ...message, ...this.context() };
    this.own(whole, text);
    this.connection.outbox.add(whole);
  }

  private context(): { chosen: boolean; country: string } {
    return { chosen: shared.get<{ lang: Lang }>(LANG)?.lang === this.texts.lang, country: this.countryCode };
  }

  private own(message: Outgoing, text: string): void {
    if (message.ref) return;
    const { id, lang } = message;
    const kind = "talk" as const;
    this.log.put({ seq: null, id, from: "me", text, buttons: [], kind, lang, tel: [], at: Date.now() / 1000 });
    this.log.delivery(id, this.pending());
  }

  private pending(): "sending" | "waiting" {
    return this.connection?.status === "online" ? "sending" : "waiting";
  }

  /** Something came: it is not slow any more, though more may follow. */
  private patient(): void {
    clearTimeout(this.slow);
    this.isSlow = false;
    this.report();
  }

  private report(): void {
    const status = this.connection?.status ?? "idle";
    const justBack = status === "online" && Date.now() - this.backOnline < 3_000;
    const key: Key | undefined =
      TROUBLE[status] ??
      (this.isSlow ? "slow" : undefined) ??
      (this.typingFrom ? (this.typingFrom === "bot" ? "typingBot" : "typingPerson") : undefined) ??
      (justBack ? "back_online" : undefined);
    const sentence = key ? this.texts.t(key) : "";
    if (this.frame.status.textContent !== sentence) this.frame.status.textContent = sentence;
    this.frame.status.dataset["kind"] = key ?? "";
  }

  private acknowledge(): void {
    const at = Math.max(0, ...this.transcript.lines.filter((line) => line.from === "person").map((line) => line.at));
    if (at) this.connection.received(at, this.frame.panel.open && !document.hidden);
  }

  private setUnread(count: number): void {
    this.unread = count;
    this.frame.setUnread(count);
  }

  private fit(): void {
    const { field } = this.frame;
    field.style.height = "auto";
    if (field.scrollHeight) field.style.height = `${Math.min(field.scrollHeight + 2, 132)}px`;
  }

  private pageLanguage(): Lang {
    const wish = this.getAttribute("lang") || document.documentElement.lang || navigator.language || "fr";
    return wish.toLowerCase().startsWith("fr") ? "fr" : "en";
  }

  private firstLanguage(): Lang {
    const page = this.pageLanguage();
    const chosen = shared.get<{ lang: Lang; page: Lang }>(LANG);
    return chosen?.page === page ? chosen.lang : page;
  }
}
