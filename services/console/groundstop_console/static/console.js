// The console in the browser: one stream that says what changed, a watch over it, keys, dialogs. Nothing is built.
"use strict";

const BEAT_LATE_MS = 6000; // three beats of the server
const body = document.body;
const every = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const first = (selector, root = document) => root.querySelector(selector);

// --- times that tick, by the server's clock
let skewMs = 0;
const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

function span(seconds) {
  const left = Math.max(0, seconds);
  for (let i = 0; i < UNITS.length; i += 1) {
    const [size, unit] = UNITS[i];
    if (left >= size) {
      const whole = Math.floor(left / size);
      const rest = i < 2 ? Math.floor((left - whole * size) / UNITS[i + 1][0]) : 0;
      return `${whole} ${unit}` + (rest ? ` ${String(rest).padStart(2, "0")} ${UNITS[i + 1][1]}` : "");
    }
  }
  return "0 s";
}

function tick() {
  const now = Date.now() + skewMs;
  const seconds = (element) => (now - Date.parse(element.dateTime)) / 1000;
  const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  every("time[data-ago]").forEach((e) => put(e, seconds(e) < 1 ? "now" : `${span(seconds(e))} ago`));
  every("time[data-since]").forEach((e) => put(e, span(seconds(e))));
  every("time[data-left]").forEach((e) => put(e, seconds(e) >= 0 ? "out of time" : `${span(-seconds(e))} left`));
}

// --- the link: browser to console, and console to bus
let heardAt = 0;
let busUp = body.dataset.bus === "up";
let fresh = null;

function lookAtLink() {
  if (!body.dataset.live) return;
  const linkUp = heardAt > 0 && performance.now() - heardAt < BEAT_LATE_MS;
  const waiting = heardAt === 0 && performance.now() < BEAT_LATE_MS;
  const state = waiting ? "waiting" : !linkUp ? "lost" : !busUp ? "bus-lost" : "live";
  if (state !== fresh) {
    fresh = state;
    body.dataset.link = state;
    const lost = state === "lost" || state === "bus-lost";
    first("[data-lost]").hidden = !lost;
    first("[data-lost-title]").textContent = state === "lost" ? "Connection lost." : "The console has lost the bus.";
    const words = { waiting: "Connecting", lost: "Disconnected", "bus-lost": "Bus away", live: "Live" };
    first("[data-link-words]").textContent = words[state];
  }
  guardButtons();
}

function guardButtons() {
  const stale = fresh !== "live";
  every("[data-needs-live]").forEach((button) => {
    if (button.disabled !== stale) button.disabled = stale;
  });
}

function listen() {
  const stream = new EventSource(body.dataset.live);
  stream.addEventListener("beat", (event) => {
    const beat = JSON.parse(event.data);
    heardAt = performance.now();
    skewMs = beat.now * 1000 - Date.now();
    busUp = beat.bus;
    lookAtLink();
    if (busUp) beat.changed.forEach((topic) => body.dispatchEvent(new CustomEvent(`live:${topic}`)));
  });
  stream.addEventListener("signed-out", () => { stream.close(); location.assign("/sign-in"); });
  stream.onerror = () => {
    heardAt = Math.min(heardAt, performance.now() - BEAT_LATE_MS) || -BEAT_LATE_MS;
    lookAtLink();
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 1500);
  };
  addEventListener("pagehide", () => stream.close(), { once: true });
}

// --- a refresh leaves alone what somebody has opened or typed
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.localName === "details");
Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) => {
  const typed = node.matches?.("textarea, input:not([type=hidden])") && node.value !== node.defaultValue;
  return !typed;
};

// --- messages and dialogs
function toast(text, tone) {
  const line = document.createElement("p");
  line.className = `toast toast-${tone}`;
  line.textContent = text;
  first("[data-toasts]").append(line);
  setTimeout(() => line.remove(), tone === "bad" ? 9000 : 4500);
}

const dialog = first("#dialog");

function closeDialog() {
  if (dialog && dialog.open) dialog.close();
}

body.addEventListener("htmx:afterSwap", () => {
  guardButtons();
  keepChosen();
  countInTitle();
  tick();
});
// Only once it is settled does htmx know the form in it: sent before, it would be posted by the browser, as a new page.
body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id === "dialog-body" && !dialog.open) dialog.showModal();
});
body.addEventListener("done", (event) => {
  const next = event.detail.case ? neighbour(event.detail.case) : null;
  closeDialog();
  toast(event.detail.text, "good");
  if (body.dataset.page === "case") { location.reload(); return; }
  if (next) choose(next);
  body.dispatchEvent(new CustomEvent("refresh"));
});
body.addEventListener("problem", (event) => {
  const place = dialog && dialog.open ? first("[data-problem]", dialog) : null;
  if (place) place.textContent = event.detail.text;
  else toast(event.detail.text, "bad");
});
body.addEventListener("htmx:sendError", () => toast("The console did not answer. Nothing was decided.", "bad"));
["htmx:sendError", "htmx:responseError"].forEach((name) => body.addEventListener(name, (event) => {
  const place = event.detail.target;
  if (!place || !first(".bone", place)) return;
  const line = document.createElement("p");
  line.className = "form-problem";
  line.textContent = "This could not be loaded. Reload the page to try again.";
  place.replaceChildren(line); // a skeleton must not promise for ever what does not come
}));
body.addEventListener("htmx:configRequest", (event) => {
  const token = first('meta[name="csrf"]');
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRF-Token"] = token.content;
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) closeDialog();
  if (event.target.closest("[data-show-keys]")) first("#keys").showModal();
  if (event.target === dialog) closeDialog();
  if (event.target.closest("[data-theme-toggle]")) nextTheme();
});
document.addEventListener("submit", (event) => {
  // Pressing twice sends once.
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method === "post" && !event.target.hasAttribute("hx-post")) event.target.dataset.sent = "1";
});
addEventListener("pageshow", () => every("form[data-sent]").forEach((form) => delete form.dataset.sent));

// --- the chosen row: a case of the inbox, an intent, a task
let chosen = null;
const rows = () => every("[data-row]");

function choose(id) {
  chosen = id;
  keepChosen();
  const link = id && document.getElementById(`link-${id}`);
  if (link) { link.focus({ preventScroll: true }); link.closest("[data-row]").scrollIntoView({ block: "nearest" }); }
}

function keepChosen() {
  rows().forEach((row) => row.classList.toggle("chosen", row.dataset.row === chosen));
}

function neighbour(id) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.row === id);
  const next = all[at + 1] || all[at - 1];
  return next ? next.dataset.row : null;
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.dataset.row === chosen);
  const to = at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by));
  choose(all[to].dataset.row);
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && row.dataset.row !== chosen) { chosen = row.dataset.row; keepChosen(); }
});

// --- the title says how many cases wait, for whoever is on another page
const title = document.title;

function countInTitle() {
  const count = first("#inbox-count .count")?.firstChild.textContent.trim();
  document.title = count ? `(${count}) ${title}` : title;
}

// --- keys
const GO = { i: "/inbox", n: "/intents", t: "/tasks", r: "/grants", c: "/controls", m: "/metrics", p: "/policy" };
let going = false;

function press(key) {
  const row = chosen ? rows().find((one) => one.dataset.row === chosen) : null;
  const button = first(`[data-key="${key}"]`, row || document.getElementById("main"));
  if (button && !button.disabled) button.click();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, dialog[open]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key;
  if (going && GO[key]) { location.assign(GO[key]); return; }
  going = key === "g";
  const search = first("[data-search]");
  if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (key === "a" || key === "d" || key === "e") press(key);
  else if (key === "?") first("#keys")?.showModal();
  else if (key === "/" && search) search.focus();
  else return;
  event.preventDefault();
});

// --- theme
const THEMES = { auto: "Auto", light: "Light", dark: "Dark" };

function showTheme() {
  every("[data-theme-words]").forEach((e) => { e.textContent = THEMES[document.documentElement.dataset.theme]; });
}

function nextTheme() {
  const names = Object.keys(THEMES);
  const root = document.documentElement;
  root.dataset.theme = names[(names.indexOf(root.dataset.theme) + 1) % names.length];
  document.cookie = `gs_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
  showTheme();
}

// --- forms
function haltValue() {
  const what = first("[data-halt-what]");
  const value = first("[data-halt-value]");
  if (!what || !value) return;
  value.hidden = what.value === "all";
  const field = first("input", value);
  field.required = !value.hidden;
  field.setAttribute("list", `names-${what.value}`); // the names that there are, of what is chosen
  field.placeholder = what.value === "risk" ? "dangerous, risky or safe" : "Name";
}

first("[data-halt-what]")?.addEventListener("change", haltValue);
haltValue();
showTheme();
tick();
setInterval(tick, 1000);
if (body.dataset.live) {
  guardButtons();
  listen();
  setInterval(lookAtLink, 500);
}
if (body.dataset.page === "welcome") first("[data-go]")?.click();
