import data from "./helplines.json";
import { h } from "./dom";
import type { Texts } from "./texts";
import type { Lang, Tel } from "./types";

// Written by bot/widget/helplines.py, which says what stands where.
type Pair = [string, string | 0];
type Row = [group: number, number: string, href: string | 0, ...label: Pair, ...remark: Partial<[string, string]>];
type Country = [...name: Pair, advice: number, ...rows: Row[]];

const { advice: ADVICE, countries } = data as unknown as { advice: [string, string][]; countries: Record<string, Country> };
const GROUPS = ["groupEmergency", "groupText", "groupCrisis", "groupCancer"] as const;
const EMERGENCY = 0;
const CRISIS = 2;

const english = (lang: Lang) => (lang === "en" ? 1 : 0);
const pick = (french: string, other: string | 0, lang: Lang) => (lang === "en" && other) || french;

/** Codes and names of the known countries, by name in this language. */
export function countryNames(lang: Lang): [code: string, name: string][] {
  return Object.entries(countries)
    .filter(([code]) => code !== "unknown")
    .map(([code, country]): [string, string] => [code, pick(country[0], country[1], lang)])
    .sort((a, b) => a[1].localeCompare(b[1], lang));
}

/** The code itself when we know the country's numbers, else "unknown": no country's number stands for another's. */
export function known(country: string | null | undefined): string {
  const code = (country ?? "").toLowerCase();
  return Object.keys(countries).includes(code) ? code : "unknown";
}

function rows(country: string, group: number): Row[] {
  return (countries[country]!.slice(3) as Row[]).filter((row) => row[0] === group);
}

function tel([, number, href, french, other]: Row, lang: Lang): Tel {
  return { label: pick(french, other, lang), number, href: href || `tel:${number.replace(/[^\d+]/g, "")}` };
}

/** The numbers that always stand at the top: the first for an emergency and the first for a crisis, if known. */
export function firstNumbers(country: string, lang: Lang): { emergency: Tel | undefined; crisis: Tel | undefined } {
  const [emergency, crisis] = [EMERGENCY, CRISIS].map((group) => rows(country, group)[0]);
  return { emergency: emergency && tel(emergency, lang), crisis: crisis && tel(crisis, lang) };
}

/** A big button that calls (or writes to) a number, spelled out for screen readers. */
export function callButton(number: Tel, texts: Texts): HTMLAnchorElement {
  const verb = texts.t(number.href.startsWith("sms:") ? "text" : "call");
  return h(
    "a",
    { class: "call", href: number.href },
    h("strong", {}, `${verb} ${number.number}`),
    number.label.includes(number.number) ? null : h("span", {}, number.label),
  );
}

/** Every number of a country, grouped, as the page of numbers shows them. */
export function allNumbers(country: string, texts: Texts): HTMLElement[] {
  const side = english(texts.lang);
  return GROUPS.flatMap((title, group) => {
    const found = rows(country, group);
    const first = group === EMERGENCY;
    if (!found.length && !first) return [];
    const items = found.map((row) => {
      const remark = row[5 + side] as string | undefined;
      return h("li", {}, callButton(tel(row, texts.lang), texts), remark && h("p", {}, remark));
    });
    const elsewhere = first && (country === "unknown" ? "local112" : !found.length && "noNumber");
    return h(
      "section",
      {},
      h("h3", {}, texts.t(title)),
      items.length > 0 && h("ul", {}, ...items),
      elsewhere && h("p", {}, texts.t(elsewhere)),
      first && h("p", {}, ADVICE[countries[country]![2]]![side]),
    );
  });
}
