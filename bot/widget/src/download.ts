import { h } from "./dom";
import type { Texts } from "./texts";
import type { Line } from "./types";
import { clock } from "./view/line";

/** Hands the conversation to the patient as a text file, made here in the page. */
export function download(lines: Line[], texts: Texts): void {
  const day = new Date().toLocaleDateString(texts.lang, { dateStyle: "long" });
  const said = lines.map((line) => {
    const who = line.from === "person" && line.name ? line.name : texts.t(line.from);
    return `[${clock(line.at, texts.lang)}] ${who}\n${line.text}\n`;
  });
  const text = [texts.t("fileTitle"), day, texts.t("fileNote"), "", ...said].join("\n");
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/plain;charset=utf-8" }));
  h("a", { href: address, download: `${texts.t("fileName")}.txt` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
