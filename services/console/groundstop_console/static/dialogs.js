// What comes back from the console: refreshed parts, messages, dialogs.
"use strict";

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
