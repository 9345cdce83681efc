import { overPolling, overWebSocket, type Wire } from "./wire";

export interface SocketListener {
  connected(): void;
  /** The connection broke, or could not be made; another try is on its way. */
  lost(): void;
  /** The server said no, with the reason it gave. There is no other try. */
  refused(reason: string): void;
  event(name: string, data: unknown): void;
  auth(): unknown;
}

const OPENING = 6_000; // ms for one transport to open
const FIRST_DELAY = 500;
const LAST_DELAY = 8_000;

/**
 * A client of socket.io's protocol (Engine.IO 4, Socket.IO 5): text packets, the root namespace, acknowledgements,
 * reconnection. The official client does the same and much more, and weighs more than the rest of the widget.
 */
export class Socket {
  connected = false;
  private wire: Wire | undefined;
  private round = 0; // what belongs to an earlier wire is not listened to
  private tries = 0;
  private timer = 0;
  private pollFirst = false;
  private nextAck = 0;
  private readonly acks = new Map<number, (answer: unknown) => void>();

  constructor(
    private readonly address: URL,
    private readonly to: SocketListener,
  ) {
    address.searchParams.set("EIO", "4");
  }

  /** Connects now, whatever pause was planned. */
  connect(): void {
    if (this.connected) return;
    this.drop();
    this.open(this.pollFirst);
  }

  close(): void {
    if (this.connected) this.wire?.send("41");
    this.drop();
  }

  emit(event: string, data: unknown): void {
    if (this.connected) this.wire?.send("42" + JSON.stringify([event, data]));
  }

  /** Emits and waits for the acknowledgement; undefined when none comes within `patience` ms. */
  ask<T>(event: string, data: unknown, patience: number): Promise<T | undefined> {
    return new Promise((done) => {
      if (!this.connected) return done(undefined);
      const id = this.nextAck++;
      const finish = (answer: unknown) => {
        clearTimeout(timer);
        this.acks.delete(id);
        done(answer as T | undefined);
      };
      const timer = setTimeout(finish, patience, undefined);
      this.acks.set(id, finish);
      this.wire?.send(`42${id}${JSON.stringify([event, data])}`);
    });
  }

  private open(polling: boolean, second = false): void {
    const round = ++this.round;
    let silence = OPENING;
    const mine = (act: () => void) => () => {
      if (round === this.round) act();
    };
    const broken = mine(() => {
      const opened = silence !== OPENING;
      this.drop();
      if (!opened && !second) return this.open(!polling, true);
      this.pollFirst = false;
      this.to.lost();
      const delay = Math.min(LAST_DELAY, FIRST_DELAY * 2 ** this.tries++) * (0.75 + Math.random() / 2);
      this.timer = setTimeout(() => this.connect(), delay);
    });
    const receive = (packet: string) =>
      mine(() => {
        clearTimeout(this.timer);
        if (packet[0] === "0") {
          const { pingInterval, pingTimeout } = JSON.parse(packet.slice(1)) as Record<string, number>;
          silence = pingInterval! + pingTimeout!;
          this.pollFirst = polling;
          this.wire?.send("40" + JSON.stringify(this.to.auth()));
        } else if (packet === "2") this.wire?.send("3");
        else if (packet[0] === "4") this.read(packet.slice(1));
        else if (packet === "1") return broken();
        if (round === this.round) this.timer = setTimeout(broken, silence);
      })();
    this.timer = setTimeout(broken, silence);
    this.wire = (polling ? overPolling : overWebSocket)(this.address, receive, broken);
  }

  private read(packet: string): void {
    const [, type, id, json] = /^(\d)(\d*)(.*)$/s.exec(packet) ?? [];
    const data: unknown = json ? JSON.parse(json) : undefined;
    if (type === "0") {
      this.connected = true;
      this.tries = 0;
      this.to.connected();
    } else if (type === "1") this.reject("closed");
    else if (type === "2") this.to.event(...(data as [string, unknown]));
    else if (type === "3") this.acks.get(Number(id))?.((data as unknown[])[0]);
    else if (type === "4") this.reject((data as { data?: { error?: string } }).data?.error ?? "refused");
  }

  private reject(reason: string): void {
    this.drop();
    this.to.refused(reason);
  }

  private drop(): void {
    clearTimeout(this.timer);
    this.round++;
    this.connected = false;
    this.wire?.close();
    this.wire = undefined;
    for (const finish of [...this.acks.values()]) finish(undefined);
  }
}
