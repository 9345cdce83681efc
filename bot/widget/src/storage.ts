// Browser storage may be full, forbidden or absent: then things are kept in memory for as long as the page lives.
const memory = new Map<string, string>();

function keep(area: () => Storage) {
  return {
    get<T>(name: string): T | null {
      try {
        const text = area().getItem(name) ?? memory.get(name);
        return text ? (JSON.parse(text) as T) : null;
      } catch {
        const text = memory.get(name);
        return text ? (JSON.parse(text) as T) : null;
      }
    },
    set(name: string, value: unknown): void {
      const text = value == null ? null : JSON.stringify(value);
      if (text === null) memory.delete(name);
      else memory.set(name, text);
      try {
        if (text === null) area().removeItem(name);
        else area().setItem(name, text);
      } catch {
        // kept in memory
      }
    },
  };
}

/** What every tab of this site shares: the token of the conversation, language, country. */
export const shared = keep(() => localStorage);
/** What belongs to one tab: the draft, what waits to be sent, whether the panel is open. */
export const tab = keep(() => sessionStorage);

export interface Pass {
  token: string;
  conversation: string;
  /** Seconds since the epoch. */
  expires: number;
  /** Longest message, in characters. */
  limit: number;
}

export const PASS = "repere.pass";
export const LANG = "repere.lang";
export const COUNTRY = "repere.country";
export const DRAFT = "repere.draft";
export const OUTBOX = "repere.outbox";
export const OPEN = "repere.open";

/** 128 random bits. `crypto.randomUUID` is missing on pages served over plain http. */
export function freshId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
