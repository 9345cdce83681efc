import type { Line } from "./types";

/** The conversation's lines in order, each once, whatever way and however often they arrive. */
export class Transcript {
  readonly lines: Line[] = [];
  /** Every stored line up to this place has arrived. */
  cursor = 0;
  readonly rated = new Map<string, boolean>();

  clear(): void {
    this.lines.length = 0;
    this.cursor = 0;
    this.rated.clear();
  }

  find(id: string): Line | undefined {
    return this.lines.find((line) => line.id === id);
  }

  /**
   * Adds a line or updates the one it stands for. Returns the line that came before under another id, if any.
   * A server that was killed after it spoke and before it stored answers the message again: same turn, new id.
   */
  put(line: Line): { fresh: boolean; replaced: Line | undefined } {
    if (line.kind === "rating") {
      if (line.ref) this.rated.set(line.ref, line.text === "/useful");
      return { fresh: false, replaced: undefined };
    }
    const same = this.find(line.id);
    if (same) {
      if (same.seq === null) same.seq = line.seq;
      return { fresh: false, replaced: undefined };
    }
    const retold = line.turn ? this.lines.findIndex((old) => old.seq === null && old.turn === line.turn) : -1;
    if (retold >= 0) return { fresh: true, replaced: this.lines.splice(retold, 1, line)[0] };
    this.lines.splice(this.place(line), 0, line);
    return { fresh: true, replaced: undefined };
  }

  private place(line: Line): number {
    if (line.seq === null) return this.lines.length;
    const later = this.lines.findIndex((old) => old.seq !== null && old.seq > line.seq!);
    return later < 0 ? this.lines.length : later;
  }
}
