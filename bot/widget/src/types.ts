// What travels between the widget and its channel (bot/channels/widget_lines.py writes the same shapes).
export type Lang = "fr" | "en";

export interface Button {
  title: string;
  payload: string;
}

export interface Tel {
  label: string;
  number: string;
  href: string;
  /** Worth a big button: the first emergency and the first crisis number of a safety reply. */
  big?: boolean;
}

export interface Line {
  /** Place in the stored transcript; null until the server has stored the line. */
  seq: number | null;
  id: string;
  /** Message it answers and place among the answers: the same when a killed server answers again. */
  turn?: string | null;
  from: "bot" | "person" | "me";
  name?: string | null;
  text: string;
  buttons: Button[];
  kind: "answer" | "talk" | "safety" | "notice" | "rating";
  /** null when nobody said: then it is read in the language around it. */
  lang: Lang | null;
  tel: Tel[];
  /** Seconds since the epoch. */
  at: number;
  /** For a rating: the line that was rated. */
  ref?: string | null;
}

/** A message that has not been acknowledged yet. */
export interface Outgoing {
  id: string;
  text?: string;
  payload?: string;
  title?: string;
  ref?: string;
  lang: Lang;
  /** The patient switched to this language by hand. */
  chosen?: boolean;
  country?: string;
}

export interface Batch {
  /** Everything up to here is in the client's hands when its cursor is at least this. */
  prev: number;
  seq: number;
  lines: Line[];
}

export interface Refusal {
  error: "too_long" | "too_many" | "malformed" | "payload" | "unavailable" | "expired";
  text?: string;
  retry_after?: number;
}

export type Status = "idle" | "connecting" | "online" | "reconnecting" | "offline" | "down" | "expired" | "origin";
