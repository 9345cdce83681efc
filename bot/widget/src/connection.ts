import { Outbox } from "./outbox";
import { Socket } from "./socket";
import { PASS, shared, type Pass } from "./storage";
import type { Batch, Lang, Line, Outgoing, Refusal, Status } from "./types";

export interface Listener {
  status(status: Status): void;
  line(line: Line): void;
  batch(batch: Batch): void;
  /** `on` false means that the bot has said what it had to say. */
  typing(on: boolean, from: "bot" | "person"): void;
  sent(id: string): void;
  refused(message: Outgoing, refusal: Refusal): void;
  wiped(): void;
  /** `flagged`: an alert, emptied, stays with the staff. */
  erased(flagged: boolean): void;
  /** How far this tab has the stored transcript. */
  cursor(): number;
  language(): Lang;
}

const PATIENCE = 4_000; // ms without a connection before the page says that the service does not answer
const CATCH_UP = 3_000; // ms after connecting: lines that were said but not yet stored at that moment
const ROUND = 25_000; // ms between checks for lines that got lost on the way
const LIMIT = 8_000; // ms for one request

/** Token, socket and everything that can go wrong with them. Says in `status` what is the case. */
export class Connection {
  readonly outbox: Outbox;
  status: Status = "idle";
  private readonly socket: Socket;
  private impatient = 0;
  private again = 0;
  private tries = 0;

  constructor(
    private readonly api: string,
    private readonly to: Listener,
  ) {
    this.socket = new Socket(new URL("socket.io/", new URL(api, location.href)), {
      connected: () => this.connected(),
      lost: () => this.lost(),
      refused: (reason) => this.turnedAway(reason),
      event: (name, data) => this.heard(name, data),
      auth: () => ({ token: this.pass?.token, conversation: this.pass?.conversation }),
    });
    this.outbox = new Outbox((message) => this.send(message), to);
    addEventListener("online", () => this.wanted && this.start());
    addEventListener("offline", () => this.wanted && this.set("offline"));
    document.addEventListener("visibilitychange", () => !document.hidden && this.sync());
    setInterval(() => !document.hidden && this.sync(), ROUND);
  }

  get pass(): Pass | null {
    return shared.get<Pass>(PASS);
  }

  /** Longest message, in characters; what the server said last, or its default. */
  get limit(): number {
    return this.pass?.limit ?? 2000;
  }

  private get wanted(): boolean {
    return this.status !== "idle" && this.status !== "expired" && this.status !== "origin";
  }

  /** Connects, with a new conversation if there is none yet. May be called again at any time. */
  start(): void {
    clearTimeout(this.again);
    if (this.socket.connected) return this.connected(); // the network was gone for shorter than the socket noticed
    if (this.status !== "down" && this.status !== "offline") this.set("connecting");
    this.hurry();
    if (this.pass) this.socket.connect();
    else void this.begin();
  }

  /** Leaves the conversation and forgets its token; what waits to be sent is kept. */
  leave(): void {
    clearTimeout(this.impatient);
    clearTimeout(this.again);
    this.socket.close();
    shared.set(PASS, null);
    this.set("idle");
  }

  /** Goes over to a conversation that the server opened. */
  adopt(pass: Pass): void {
    this.leave();
    shared.set(PASS, pass);
    this.start();
  }

  /** Asks for the lines after the cursor. */
  async sync(): Promise<void> {
    const answer = await this.socket.ask<Batch & { ok: boolean }>("sync", { after: this.to.cursor() }, LIMIT);
    if (answer?.ok) this.to.batch(answer);
  }

  /** Tells the staff that their lines up to `at` (seconds) arrived, and whether they were on screen. */
  received(at: number, seen: boolean): void {
    this.socket.emit("received", { at, seen });
  }

  erase(): Promise<{ ok: boolean; flagged?: boolean } | undefined> {
    return this.socket.ask("erase", {}, LIMIT);
  }

  private async begin(): Promise<void> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), LIMIT);
    const answer = await fetch(new URL("token", new URL(this.api, location.href)), {
      method: "POST",
      body: "{}", // as plain text: a page of another site then needs no preflight
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: stop.signal,
    }).catch(() => null);
    const pass = answer?.ok ? ((await answer.json().catch(() => null)) as Pass | null) : null;
    clearTimeout(timer);
    if (!this.wanted) return;
    if (pass && !this.pass) shared.set(PASS, pass); // unless another tab was faster
    if (this.pass) return this.socket.connect();
    if (answer?.status === 403) return this.set("origin");
    this.absent();
    this.again = setTimeout(() => this.begin(), Math.min(8_000, 500 * 2 ** this.tries++));
  }

  private connected(): void {
    clearTimeout(this.impatient);
    this.tries = 0;
    this.set("online");
    void this.sync();
    setTimeout(() => this.sync(), CATCH_UP);
    void this.outbox.flush();
  }

  private lost(): void {
    if (this.status === "online") {
      this.set("reconnecting");
      this.hurry();
    } else if (this.status !== "reconnecting") this.absent();
  }

  private turnedAway(reason: string): void {
    if (reason === "expired" || reason === "forged" || reason === "foreign") {
      this.leave();
      this.set("expired");
    } else {
      this.lost();
      this.again = setTimeout(() => this.wanted && this.socket.connect(), 3_000);
    }
  }

  private heard(name: string, data: unknown): void {
    if (name === "line") this.to.line(data as Line);
    else if (name === "lines") {
      const batch = data as Batch;
      if (batch.prev > this.to.cursor()) void this.sync(); // something before it is missing
      else this.to.batch(batch);
    } else if (name === "typing") {
      const { on, from } = data as { on: boolean; from: "bot" | "person" };
      this.to.typing(on, from);
    } else if (name === "token") shared.set(PASS, data);
    else if (name === "wiped") this.to.wiped();
    else if (name === "erased") this.to.erased((data as { flagged: boolean }).flagged);
  }

  private hurry(): void {
    clearTimeout(this.impatient);
    this.impatient = setTimeout(() => this.wanted && this.status !== "online" && this.absent(), PATIENCE);
  }

  private absent(): void {
    this.set(navigator.onLine ? "down" : "offline");
  }

  private set(status: Status): void {
    if (status === this.status) return;
    this.status = status;
    this.to.status(status);
  }

  /** null when the message is stored, the refusal, or undefined when nobody answered. */
  private async send(message: Outgoing): Promise<Refusal | null | undefined> {
    const answer = await this.socket.ask<Refusal & { ok: boolean }>("message", message, LIMIT);
    return answer && (answer.ok ? null : answer);
  }
}
