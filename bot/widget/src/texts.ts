import merged from "./texts.fr.json";
import type { Lang } from "./types";

export type Key = keyof typeof merged;
export type Values = Record<string, string | number>;

// The build puts texts.fr.json and texts.en.json together: {key: [fr, en]}.
const TEXTS = merged as unknown as Record<Key, [fr: string, en: string]>;

/** French typography: no line break before ? ! : ; » and units, nor after «. Other languages come back as they are. */
export function typeset(text: string, lang: Lang | null): string {
  if (lang !== "fr") return text;
  return text.replace(/ ([?!:;»])/g, "\u00a0$1").replace(/« /g, "«\u00a0").replace(/(\d) (h\b|°|%)/g, "$1\u00a0$2");
}

/** Labels in the current language. An element bound here changes its words when the language changes. */
export class Texts {
  private bound: (() => void)[] = [];

  constructor(public lang: Lang) {}

  t(key: Key, values: Values = {}): string {
    const text = TEXTS[key][this.lang === "fr" ? 0 : 1].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
    return typeset(text, this.lang);
  }

  /** Runs now and again after every change of language. */
  bind<E>(element: E, apply: (element: E) => void): E {
    const run = () => apply(element);
    this.bound.push(run);
    run();
    return element;
  }

  text<E extends HTMLElement>(element: E, key: Key): E {
    return this.bind(element, (e) => (e.textContent = this.t(key)));
  }

  label<E extends HTMLElement>(element: E, key: Key): E {
    return this.bind(element, (e) => {
      e.setAttribute("aria-label", this.t(key));
      if (e.tagName === "BUTTON") e.title = this.t(key);
    });
  }

  switchTo(lang: Lang): void {
    this.lang = lang;
    for (const run of this.bound) run();
  }
}
