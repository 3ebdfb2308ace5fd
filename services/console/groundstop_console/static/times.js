// What the other scripts use to find things, and times that tick. Nothing here is built: five plain scripts in order.
"use strict";

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
  every("time[data-left]").forEach((e) => put(e, seconds(e) >= 0 ? "expired" : `${span(-seconds(e))} left`));
  every("time[data-expires]").forEach((e) => put(e, seconds(e) >= 0 ? "Expired." : `Expires in ${span(-seconds(e))}.`));
}
