// The last script: theme, forms, and the start of everything.
"use strict";

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
