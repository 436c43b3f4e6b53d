// Pages of an event without a poll: they ask what is on, and go there.

import { askJson } from "./network.js";
import { addressOf } from "./event.js";

const EVERY = 800; // ms
const SPREAD = 600; // ms: with both, and the half second in which an answer may be kept, nobody is two seconds behind
const ANSWER_TIMEOUT = 5_000; // ms

const main = document.querySelector("main[data-told]");
const said = main.querySelector("[data-said]");
let etag, known;

async function ask() {
  try {
    const answer = await askJson(main.dataset.told, ANSWER_TIMEOUT, { headers: etag ? { "If-None-Match": etag } : {} });
    if (answer.body?.type === "event") take(answer);
  } catch {} // the page keeps what it has
  setTimeout(ask, EVERY + SPREAD * Math.random());
}

function take({ body, etag: newer }) {
  if (body.version < known?.version) return; // of a process that knows less
  if (main.querySelector("[name=code]")?.value) return; // who types a code is not led away
  if (body.on) return location.replace(addressOf(main, body.on, body));
  if (known && JSON.stringify(body) !== JSON.stringify(known)) return location.reload();
  known = body;
  etag = newer;
}

// On a projector the key that goes on puts on the first poll; the answer to it comes by the way of all news.
const begin = main.querySelector("[data-begin]");

async function step(form) {
  const body = new URLSearchParams(new FormData(form, form.querySelector("button")));
  body.delete("next");
  try {
    const answer = await askJson(form.action, ANSWER_TIMEOUT, { method: "POST", body });
    said.textContent = answer.body.detail;
  } catch {
    said.textContent = main.querySelector("[data-trouble]").content.textContent;
  }
}

begin?.addEventListener("submit", (event) => {
  event.preventDefault();
  step(begin);
});
addEventListener("keydown", (event) => {
  if (!begin || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (["ArrowRight", "PageDown"].includes(event.key)) step(begin);
});

ask();
