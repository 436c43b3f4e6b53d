// The projector of a live drill: asks for its own page each second and takes over what has changed. It goes on while the
// service that shows it is killed.

import { clock, inOwnZone, now } from "./clock.js";
import { askJson, askPage } from "./network.js";

const EVERY = 1_000; // ms
const ANSWER_WITHIN = 5_000; // ms
const SAID_FOR = 8_000; // ms

let main = document.querySelector("main");
let quiet;

const find = (selector, within = main) => within.querySelector(selector);

/** Take over what differs; the whole page where it is another one, as at the end of the poll. */
function take(page) {
  const next = page.querySelector("main[data-stage]");
  if (!next) return location.reload(); // signed out
  if (next.dataset.stage !== main.dataset.stage) {
    main.replaceWith(document.adoptNode(next));
    main = next;
    return;
  }
  for (const place of main.querySelectorAll("[data-swap]")) {
    const fresh = next.querySelector(`[data-swap="${place.dataset.swap}"]`);
    if (!fresh || fresh.outerHTML === place.outerHTML) continue;
    place.className = fresh.className;
    place.replaceChildren(...fresh.childNodes);
  }
}

async function look() {
  const isAway = !(await hasAnswered());
  find(".when-live").hidden = isAway;
  find(".when-away").hidden = !isAway;
  if (!isAway) find(".link time").textContent = clock(now());
  setTimeout(look, EVERY);
}

async function hasAnswered() {
  try {
    const { status, page } = await askPage(location.pathname, ANSWER_WITHIN, "main[data-stage]");
    if (status !== 200) return false;
    take(page);
    return true;
  } catch {
    return false;
  }
}

function say(text) {
  find(".said").textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => (find(".said").textContent = ""), SAID_FOR);
}

async function press(form, button) {
  const body = new URLSearchParams(new FormData(form));
  if (button?.name) body.set(button.name, button.value);
  try {
    const answer = await askJson(form.action, ANSWER_WITHIN, { method: "POST", body });
    say(inOwnZone(answer.body.detail));
    await hasAnswered();
  } catch {
    say(find(".link").dataset.unreachable);
  }
}

addEventListener("submit", (event) => {
  event.preventDefault();
  press(event.target, event.submitter);
});

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const button = find(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

setTimeout(look, EVERY);
