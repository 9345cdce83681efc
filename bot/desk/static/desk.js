"use strict";
// News for the open page, sound and title for alerts, small comforts. Without it every form still works.
(() => {
  const body = document.body;
  if (!body.dataset.live) return;
  const baseTitle = document.title;
  const seesAlerts = body.dataset.alerts === "1";
  const bus = "BroadcastChannel" in window ? new BroadcastChannel("repere-desk") : null;

  // --- one stream a browser, however many tabs: browsers open six connections to a server at most ---
  const SILENCE = 12_000; // ms without any sign of life before the page says that it is out of date
  let alive = Date.now();
  let over = false;

  const stale = document.getElementById("stale");
  const showStale = (text) => {
    if (!stale) return;
    stale.hidden = !text;
    if (text && stale.textContent !== text) stale.textContent = text;
  };

  const spread = (event, data) => {
    if (bus) bus.postMessage({ event, data });
    hear(event, data);
  };

  const open = () =>
    new Promise((done) => {
      const source = new EventSource("/live");
      const pass = (event) => source.addEventListener(event, (message) => spread(event, JSON.parse(message.data)));
      ["queue", "conversation", "beat", "trouble"].forEach(pass);
      source.addEventListener("over", () => {
        spread("over", {});
        source.close();
        done();
      });
      source.onerror = () => {
        if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
        setTimeout(done, 3000);
      };
    });

  const lead = async () => {
    while (!over) await open();
  };
  if (navigator.locks) navigator.locks.request("repere-live", lead);
  else lead();
  if (bus) {
    bus.onmessage = ({ data }) => {
      if (data.event === "hello") {
        if (lastQueue) bus.postMessage({ event: "queue", data: lastQueue });
      } else hear(data.event, data.data);
    };
  }

  setInterval(() => {
    if (!over && Date.now() - alive > SILENCE) showStale(stale.dataset.lost);
  }, 1000);

  // --- what the news does to this page ---
  let lastQueue = null;
  const talk = document.querySelector("[data-conversation]");
  let wanted = 0;

  function hear(event, data) {
    if (event === "over") {
      over = true;
      showStale(stale.dataset.over);
      return;
    }
    if (event === "trouble") {
      showStale(stale.dataset.lost);
      return;
    }
    const wasStale = Date.now() - alive > SILENCE;
    alive = Date.now();
    if (!over) showStale("");
    if (wasStale) {
      refreshQueue();
      refreshTalk(0);
    }
    if (event === "queue" && seesAlerts) {
      const first = lastQueue === null;
      lastQueue = data;
      badge(data);
      ring(data);
      if (!first || document.getElementById("queue")) refreshQueue();
      if (talk) refreshTalk(0);
    } else if (event === "conversation" && talk && data.key === talk.dataset.conversation) {
      refreshTalk(data.last);
    }
  }

  function refreshQueue() {
    const queue = document.getElementById("queue");
    if (queue) htmx.trigger(document.body, "repere:queue");
  }

  // One request for new lines at a time; what is heard meanwhile leads to one more.
  let asking = false;
  let again = false;
  function refreshTalk(last) {
    wanted = Math.max(wanted, last || 0);
    const newer = document.getElementById("newer");
    if (!newer) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    again = false;
    atEnd = isAtEnd();
    const headers = { "X-Repere-Live": "1" };
    htmx
      .ajax("GET", newer.dataset.url, { source: newer, target: newer, swap: "outerHTML show:none", headers })
      .catch(() => {})
      .then(() => {
        asking = false;
        const shown = Number(document.getElementById("newer")?.dataset.last || 0);
        const missing = shown < wanted;
        wanted = 0; // once more is enough: lines may have been erased
        if (again || missing) setTimeout(() => refreshTalk(0), 50);
      });
  }

  // --- the thread stays at its end unless somebody scrolled up ---
  const thread = document.getElementById("thread");
  let atEnd = true;
  const isAtEnd = () => thread && !talk?.classList.contains("reading") && thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  const toEnd = () => thread && !talk?.classList.contains("reading") && (thread.scrollTop = thread.scrollHeight);
  toEnd();
  document.addEventListener("htmx:afterSettle", () => {
    if (atEnd && thread && document.activeElement?.closest?.(".judge") === null) toEnd();
  });

  // --- badge and title ---
  function badge(data) {
    const count = document.getElementById("nav-count");
    if (count) {
      count.hidden = !data.waiting;
      count.textContent = data.waiting || "";
    }
    document.title = data.waiting ? `(${data.waiting}${data.red ? "!" : ""}) ${baseTitle}` : baseTitle;
  }

  // --- sound: at a new alert and at each further stage, and again while a red one waits ---
  const HEARD = "repere-heard";
  const REPEAT = 15_000;
  let audio = null;
  const button = document.getElementById("sound");
  const on = () => localStorage.getItem("repere-sound") !== "off";

  // Browsers let a page make sounds only after somebody touched it.
  const touched = () => navigator.userActivation?.hasBeenActive ?? true;
  function context() {
    if (!audio && window.AudioContext && touched()) {
      audio = new AudioContext();
      audio.addEventListener("statechange", showSound);
    }
    return audio;
  }

  function beep(red) {
    const play = context();
    if (!play || !on()) return;
    play.resume().then(() => {
      const tones = red ? [880, 660, 880, 660] : [660, 880];
      tones.forEach((pitch, number) => {
        const from = play.currentTime + number * 0.22;
        const tone = play.createOscillator();
        const volume = play.createGain();
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0.0001, from);
        volume.gain.exponentialRampToValueAtTime(0.25, from + 0.02);
        volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.2);
        tone.connect(volume).connect(play.destination);
        tone.start(from);
        tone.stop(from + 0.21);
      });
      body.dataset.rang = String(Number(body.dataset.rang || 0) + 1);
    });
  }

  function ring(data) {
    const heard = new Set(JSON.parse(sessionStorage.getItem(HEARD) || "[]"));
    const now = data.loud.map((alert) => `${alert.alert}:${alert.tier}:${alert.stage}`);
    const fresh = now.filter((name) => !heard.has(name));
    sessionStorage.setItem(HEARD, JSON.stringify(now));
    body.dataset.waitingRed = data.red ? "1" : "";
    if (fresh.length) whoRings(data.red > 0);
  }

  // Of several tabs only the one that can be seen, or else the one with the stream, makes the sound.
  let silentUntil = 0;
  function whoRings(red) {
    const delay = document.visibilityState === "visible" ? 0 : 150;
    setTimeout(() => {
      if (Date.now() < silentUntil) return;
      if (bus) bus.postMessage({ event: "rang", data: {} });
      beep(red);
    }, delay);
  }
  if (bus) bus.addEventListener("message", ({ data }) => data.event === "rang" && (silentUntil = Date.now() + 1000));
  setInterval(() => body.dataset.waitingRed && !over && whoRings(true), REPEAT);

  function showSound() {
    if (!button) return;
    const blocked = on() && audio?.state !== "running";
    button.textContent = !on() ? button.dataset.off : blocked ? button.dataset.blocked : button.dataset.on;
    button.setAttribute("aria-pressed", String(on() && !blocked));
  }
  if (button) {
    button.addEventListener("click", () => {
      const blocked = button.textContent === button.dataset.blocked;
      const play = context();
      localStorage.setItem("repere-sound", on() && !blocked ? "off" : "on");
      if (on()) beep(false);
      (play ? play.resume() : Promise.resolve()).then(showSound);
    });
    showSound();
    // Any touch of the page is enough; one of the button itself is for its own handler.
    const wake = (event) => event.target !== button && audio?.state !== "running" && context()?.resume();
    document.addEventListener("pointerup", wake);
    document.addEventListener("keyup", wake);
  }
  if (bus) bus.postMessage({ event: "hello", data: {} });

  // --- times that go on counting ---
  const two = (number) => String(number).padStart(2, "0");
  setInterval(() => {
    const now = Date.now() / 1000;
    document.querySelectorAll("time[data-since]").forEach((element) => {
      const gone = Math.max(0, Math.floor(now - Number(element.dataset.since)));
      if (gone >= 86_400) return;
      const text =
        gone < 60
          ? body.dataset.seconds.replace("#", gone)
          : gone < 3600
            ? body.dataset.minutes.replace("#", Math.floor(gone / 60))
            : body.dataset.hours.replace("#", Math.floor(gone / 3600)).replace("%", two(Math.floor((gone % 3600) / 60)));
      if (element.textContent !== text) element.textContent = text;
    });
  }, 1000);

  // --- the reply form ---
  const freshKey = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => two(b.toString(16))).join("");
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id !== "reply") return;
    event.detail.parameters.key = freshKey();
    // Emptied now, so that the next line can be written while this one is on its way.
    event.detail.elt.querySelector("textarea").value = "";
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.requestConfig.elt.id !== "reply") return;
    const field = document.getElementById("reply-text");
    if (field) field.value = [event.detail.requestConfig.parameters.text, field.value].filter(Boolean).join("\n");
    showStale(stale.dataset.lost);
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.requestConfig.elt.id !== "reply") return;
    const field = document.getElementById("reply-text");
    if (field) field.value = [event.detail.requestConfig.parameters.text, field.value].filter(Boolean).join("\n");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "reply-text") {
      event.preventDefault();
      if (event.target.value.trim()) event.target.form.requestSubmit();
    }
  });
  document.addEventListener("click", (event) => {
    const fill = event.target.closest("[data-fill]");
    if (!fill) return;
    const field = document.getElementById("reply-text");
    field.value = [field.value.trim(), fill.dataset.fill].filter(Boolean).join("\n");
    fill.closest("details").open = false;
    field.focus();
  });
  // A button with an address of its own sends the form without htmx.
  document.addEventListener("htmx:confirm", (event) => {
    const by = event.detail.triggeringEvent?.submitter;
    if (by?.hasAttribute("data-native")) {
      event.preventDefault();
      const form = by.form;
      form.action = by.getAttribute("formaction");
      form.submit();
    }
  });
})();
