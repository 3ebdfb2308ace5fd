// The link: one stream that says what changed, a watch over it, and no decisions without it.
"use strict";

const BEAT_LATE_MS = 6000; // three beats of the server

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
