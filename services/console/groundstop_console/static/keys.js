// Keys, the row they have chosen, and the count in the title.
"use strict";

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
