import merged from "./texts.fr.json";
import type { Lang } from "./types";

export type Key = keyof typeof merged;
export type Values = Record<string, string | number>;

// The build puts texts.fr.json and texts.en.json together: {key: [fr, en]}.
const TEXTS = merged as unknown as Record<Key, [fr: string, en: string]>;

/** Labels in the current language. An element bound here changes its words when the language changes. */
export class Texts {
  private bound: (() => void)[] = [];

  constructor(public lang: Lang) {}

  t(key: Key, values: Values = {}): string {
    return TEXTS[key][this.lang === "fr" ? 0 : 1].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
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
      e.ariaLabel = this.t(key);
      if (e.tagName === "BUTTON") e.title = this.t(key);
    });
  }

  switchTo(lang: Lang): void {
    this.lang = lang;
    for (const run of this.bound) run();
  }
}
