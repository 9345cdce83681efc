import { OUTBOX, tab } from "./storage";
import type { Outgoing, Refusal } from "./types";

interface Fate {
  sent(id: string): void;
  refused(message: Outgoing, refusal: Refusal): void;
}

/**
 * What the patient sent and the server has not acknowledged, in order, kept over a reload.
 * `deliver` gives null when the message is stored, a refusal, or undefined when nobody answered.
 */
export class Outbox {
  readonly waiting: Outgoing[] = tab.get<Outgoing[]>(OUTBOX) ?? [];
  private busy = false;
  private timer = 0;

  constructor(
    private readonly deliver: (message: Outgoing) => Promise<Refusal | null | undefined>,
    private readonly fate: Fate,
  ) {}

  add(message: Outgoing): void {
    this.waiting.push(message);
    this.keep();
    void this.flush();
  }

  clear(): void {
    this.waiting.length = 0;
    this.keep();
  }

  async flush(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    for (let message = this.waiting[0]; message; message = this.waiting[0]) {
      const answer = await this.deliver(message);
      if (answer === undefined || this.waiting[0] !== message) {
        // Nobody answered: the connection starts the next round, or the clock if it only seemed to be up.
        this.later(2_000);
        break;
      }
      if (answer?.error === "too_many" || answer?.error === "unavailable") {
        this.fate.refused(message, answer);
        this.later((answer.retry_after ?? 5) * 1_000);
        break;
      }
      this.waiting.shift();
      this.keep();
      if (answer) this.fate.refused(message, answer);
      else this.fate.sent(message.id);
    }
    this.busy = false;
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), ms);
  }

  private keep(): void {
    tab.set(OUTBOX, this.waiting.length ? this.waiting : null);
  }
}
