import { RepereChat } from "./element";

// <script src="…/repere.js" data-lang="fr" data-country="fr" data-theme="auto" data-position="right" async></script>
const script = document.currentScript as HTMLScriptElement | null;

if (!customElements.get("repere-chat")) {
  customElements.define("repere-chat", RepereChat);
  const start = () => {
    if (document.querySelector("repere-chat")) return;
    const chat = document.createElement("repere-chat");
    for (const name of ["lang", "country", "theme", "position"]) {
      const value = script?.dataset[name];
      if (value) chat.setAttribute(name, value);
    }
    chat.setAttribute("api", script?.dataset["api"] ?? new URL(".", script?.src ?? location.href).href);
    document.body.append(chat);
  };
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
}
