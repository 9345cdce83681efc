// The demo page's own script: opens the chat, shows approved comments, sends a new one. The widget needs none of it.
(() => {
  const api = "/webhooks/widget/";
  const chat = () => document.querySelector("repere-chat");
  const byId = (id) => document.getElementById(id);

  const button = byId("open-chat");
  button.hidden = false;
  button.addEventListener("click", () => chat()?.open());

  const list = byId("comment-list");
  const form = byId("comment-form");
  const state = byId("form-state");
  const { lang } = form.dataset;

  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const showComments = (comments) => {
    list.replaceChildren(
      ...comments.map((comment) => {
        const day = new Date(comment.at * 1000).toLocaleDateString(lang, { dateStyle: "long" });
        const item = document.createElement("li");
        const text = element("p", comment.text);
        text.lang = comment.language;
        item.append(element("p", `${comment.name || list.dataset.anonymous} · ${day}`, "quiet"), text);
        return item;
      }),
    );
    byId("comment-none").textContent = comments.length ? "" : list.dataset.none;
  };

  fetch(`${api}comments.json`, { credentials: "omit" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error())))
    .then(({ comments }) => showComments(comments))
    .catch(() => (byId("comment-none").textContent = list.dataset.unavailable));

  const say = (kind, text) => {
    state.dataset.kind = kind;
    state.textContent = text;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { text, name } = form.elements;
    const limit = Number(form.dataset.limit);
    const length = text.value.trim().length;
    text.setAttribute("aria-invalid", String(!length || length > limit));
    if (!length || length > limit) {
      say("failed", length ? form.dataset.tooLong.replace("{n}", length).replace("{max}", limit) : form.dataset.empty);
      text.focus();
      return;
    }
    const send = form.querySelector("button");
    send.disabled = true;
    say("sending", form.dataset.sending);
    try {
      const body = { text: text.value, name: name.value, lang, country: chat()?.countryCode, token: chat()?.token };
      const answer = await fetch(`${api}comments`, {
        method: "POST",
        body: JSON.stringify(body),
        credentials: "omit",
      });
      const result = await answer.json();
      if (result.status === "sent") {
        form.reset();
        say("sent", form.dataset.sent);
      } else if (result.status === "danger") {
        say("danger", form.dataset.danger);
        chat()?.adopt(result);
      } else say("failed", form.dataset.failed);
    } catch {
      say("failed", form.dataset.failed);
    } finally {
      send.disabled = false;
    }
  });
})();
