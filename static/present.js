// The presenter page: draws each new snapshot into the board that the server has drawn first, and obeys keys.
//
// What changes who may see what (R) and which poll it is (arrows) is asked of the server as a page, and its <main> takes
// the place of the present one: the window stays full screen, and nothing is kept here that must not be seen.

import { clock, inOwnZone, localeOf, now } from "./clock.js";
import { cloudIn } from "./cloud.js";
import { addressOf, movedTo, stripOf } from "./event.js";
import { askJson, askPage } from "./network.js";
import { listEntries } from "./entries.js";
import { drawEstimates } from "./estimates.js";
import { drawRatings } from "./ratings.js";
import { drawRunoff } from "./runoff.js";
import { counted, drawnVotes, follow, sayWhatWaits, showPicture, showRight, spaced } from "./snapshot.js";
import { hidden, note, outstanding, summary } from "./summary.js";

const PATIENCE = 15_000; // ms at most before a page whose choices have changed is asked for again
const ANSWER_TIMEOUT = 5_000; // ms
const AGAIN = 1_000; // ms until what was pressed on the remote is tried again
const SAID_FOR = 6_000; // ms that an answer stands in the place of the usual line
const AWAKE_FOR = 3_000; // ms that pointer and help stay after a move
const SIZES = { smallest: -2, largest: 3 };
const LAST_SECONDS = 10;
/** What is set smaller where it is too wide for its place, and the part of it that tells. */
const FITTED = [
  [".at", ["at-1", "at-2", "at-3", "at-4"]],
  [".short", ["code-1", "code-2", "code-3"]],
  [".board", ["labels-0", "labels-1", "labels-2", "labels-3"], ".text"],
  [".outcome .sentence", ["size-1", "size-2", "size-3", "size-4", "size-5", "size-6"], "b"],
];
const DAY = 72_000; // seconds left from which on a time of day says more than a countdown

const root = document.documentElement;
let main, rows, words, drawCloud, shown, first, following, renewing, quietAgain;
let obeyed; // the last press on the remote that needs nothing done; undefined until the first is known
let obeying = false;
let fitted = ""; // the texts that sizes were last chosen for
let turn = 0;
let answer = ""; // to a key, for a while

const find = (selector, within = main) => within.querySelector(selector);

// Drawing ----------------------------------------------------------------------------------------------------------

/** Make this <main> the one that is drawn into. */
function adopt(page) {
  main = page;
  rows = new Map([...main.querySelectorAll("[data-choice]")].map((row) => [Number(row.dataset.choice), row]));
  words = JSON.parse(find("#sentences").textContent);
  drawCloud = cloudIn(main);
  // The snapshot that the server has drawn; null when no store could give it.
  first = JSON.parse(find("#snapshot").textContent);
  // Pages say nothing of the room: it is as it was until the socket says more.
  if (first && shown?.poll.slug === first.poll.slug) first.room = shown.room;
  shown = first;
  if (first) draw();
  fitAll();
  link(main.dataset.link ?? "still", first ? Date.parse(first.sent_at) : now());
  countDown();
}

/** As large as the texts allow in this window: begin with the sizes that the server has chosen by counting letters. */
function fitAll() {
  for (const [selector, sizes, parts] of FITTED) {
    const place = find(selector);
    place.dataset.begin ??= sizes.find((size) => place.classList.contains(size)) ?? "";
    place.classList.remove(...sizes);
    if (place.dataset.begin) place.classList.add(place.dataset.begin);
    place.classList.add("measured");
    fit(place, sizes, parts ? [...place.querySelectorAll(parts)] : [place]);
    place.classList.remove("measured");
  }
}

/** The next smaller class, as long as a text is wider than its place, or cut: the server can't know the font. */
function fit(place, sizes, parts) {
  const isCut = (part) => part.scrollHeight > part.clientHeight + 0.6 * parseFloat(getComputedStyle(part).fontSize);
  const tooLarge = (part) => part.scrollWidth > part.clientWidth + 1 || (part !== place && isCut(part));
  const around = place.closest(".outcome") ?? place;
  for (const [index, size] of sizes.entries()) {
    if (!parts.some(tooLarge) && (around === place || around.scrollHeight <= around.clientHeight + 1)) return;
    if (place.classList.contains(size) && sizes[index + 1]) place.classList.replace(size, sizes[index + 1]);
  }
}

function show(snapshot) {
  if (snapshot.poll.slug !== main.dataset.slug) return;
  const isOther = snapshot.choices.length !== rows.size || !snapshot.choices.every(({ id }) => rows.has(id));
  if (isOther && !find("[data-entries]")) {
    renewing ??= setTimeout(() => go(location.href).catch(() => {}), PATIENCE * Math.random());
    return;
  }
  shown = snapshot;
  draw();
  obey();
  attend();
}

/** Go where the host has led the event; between two polls the board stays. What fails is tried with the next message. */
function attend() {
  const moved = movedTo(stripOf(main), shown.event);
  if (moved) go(new URL(addressOf(stripOf(main), moved, shown.event), location).href, history.replaceState).catch(() => {});
}

/** The newest snapshot without what is hidden by key. */
function seen() {
  if (main.dataset.asked !== "hidden") return shown;
  const { quiz, result, ...rest } = shown;
  return { ...rest, leaders: [], choices: shown.choices.map((choice) => ({ ...choice, votes: null, percent: null })) };
}

function draw() {
  const snapshot = seen();
  const { state, question, closes_at: closesAt } = snapshot.poll;
  main.dataset.state = state;
  main.dataset.counting = snapshot.counting;
  if (closesAt === null) delete main.dataset.closesAt;
  else if (closesAt) main.dataset.closesAt = closesAt;
  find("h1").textContent = question;
  find(".board").classList.toggle("hidden-result", hidden(snapshot));
  if (find(".board").matches(".ratings, .estimates")) {
    drawRatings(main, snapshot);
    drawEstimates(main, snapshot);
  } else {
    if (find("[data-entries]")) rows = listEntries(find("[data-entries]"), snapshot);
    for (const choice of snapshot.choices.filter(({ id }) => rows.has(id))) drawRow(choice, snapshot);
  }
  drawCloud(snapshot);
  drawRunoff(main, words, snapshot);
  drawRest(snapshot);
  find("[data-voters]").textContent = spaced(snapshot.voters);
  const word = find("[data-voters-word]");
  word.textContent = counted(word, snapshot.voters);
  sayWhatWaits(find("[data-waits]"), snapshot);
  drawOutcome(snapshot);
  drawPeople(snapshot);
  say();
  const texts = [...main.querySelectorAll(".board .text, .outcome .sentence")].map(({ textContent }) => textContent).join();
  if (texts === fitted) return;
  fitted = texts;
  fitAll();
}

/** How many pages of the room are open; nothing where nobody can say, or nobody is there. */
function drawPeople({ room }) {
  const place = find(".people");
  place.hidden = !room?.people;
  if (room?.people) place.textContent = counted(place, room.people);
}

function drawRow(choice, snapshot) {
  const row = rows.get(choice.id);
  const most = Math.max(...snapshot.choices.map(drawnVotes)) || 1;
  const length = `${(100 * drawnVotes(choice)) / most}%`;
  row.classList.toggle("leads", outstanding(snapshot).includes(choice));
  find(".name", row).textContent = choice.text;
  find(".note", row).textContent = note(words, choice, snapshot);
  showPicture(row, choice);
  showRight(find(".note", row), snapshot.quiz?.right.includes(choice.id));
  find(".fill", row).setAttribute("width", length);
  find(".needle", row).setAttribute("x", length);
  const sign = Object.assign(document.createElement("small"), { textContent: "%" });
  const share = choice.percent === null ? [choice.votes === null ? "" : spaced(choice.votes)] : [String(choice.percent), sign];
  find(".percent", row).replaceChildren(...share);
}

/** Those with the most votes have the board's places, in the order of the ballot; of the others it says how many. */
function drawRest(snapshot) {
  const place = find(".rest");
  if (!place) return;
  const { shown: places, alone, together } = place.dataset;
  const leftOut = [...snapshot.choices].sort((one, other) => other.votes - one.votes).slice(places);
  for (const choice of snapshot.choices) rows.get(choice.id).hidden = leftOut.includes(choice);
  const told = together && snapshot.voters && !hidden(snapshot);
  const percent = leftOut.reduce((sum, choice) => sum + choice.percent, 0);
  place.textContent = told ? together.replace("{percent}", percent) : alone;
}

function drawOutcome(snapshot) {
  const place = find(".outcome .sentence");
  const final = snapshot.poll.state === "final";
  const winners = outstanding(snapshot).filter(({ id }) => rows.has(id));
  const sizes = winners.map(({ id }) => rows.get(id).dataset.size).sort();
  place.dataset.begin = sizes.at(-1) ?? "size-4";
  place.classList.toggle("several", winners.length > 1);
  // Each name has a line of its own: no comma has one too.
  place.replaceChildren(...(final ? outcome(snapshot).filter((part) => part !== ", ") : []));
  drawWon(final && snapshot.voters ? winners : [], snapshot);
  drawTop(final && "quiz" in snapshot);
}

/** The winners' share, in the last round where there are rounds, or that of the right ballots, and their colours in equal parts. */
function drawWon(winners, { quiz, result }) {
  const [place, field] = [find(".won"), find(".field")];
  const bold = (text) => Object.assign(document.createElement("b"), { textContent: text });
  const each = Object.assign(document.createElement("span"), { textContent: place.dataset.each });
  const share = quiz?.percent ?? result?.last?.percent ?? winners[0]?.percent;
  place.replaceChildren(...(winners.length ? [bold(share), "%"] : []), ...(winners.length > 1 && !quiz ? [" ", each] : []));
  const part = 100 / winners.length;
  field.replaceChildren(...winners.map(({ id }, at) => {
    const rect = document.createElementNS(field.namespaceURI, "rect");
    const fill = find(".fill", rows.get(id)).getAttribute("fill");
    const shape = { x: `${part * at}%`, width: `${part}%`, height: "100%", fill };
    for (const [name, value] of Object.entries(shape)) rect.setAttribute(name, value);
    return rect;
  }));
}

/** Who leads the event, once a quiz of it is final. */
async function drawTop(final) {
  const place = find("[data-top]");
  if (!place || !final) return place?.replaceChildren();
  const known = `${shown.round} ${shown.version}`;
  if (place.dataset.known === known) return;
  place.dataset.known = known;
  try {
    const { page } = await askPage(place.dataset.top, ANSWER_TIMEOUT, "main");
    const leaders = page.querySelector(".leading");
    place.replaceChildren(...(leaders && find("[data-top]") === place ? [document.adoptNode(leaders)] : []));
    fitAll();
  } catch {
    delete place.dataset.known;
  }
}

const outcome = (snapshot) => {
  const byKey = main.dataset.asked === "hidden" && (!hidden(shown) || "byKey" in main.dataset);
  if (byKey) return [find("#said-words").dataset.hidden];
  return summary(words, snapshot, { rule: main.dataset.rule, several: "overlap" in main.dataset });
};

/** The line in the foot: the answer to a key for a while, else what the board alone doesn't say. */
function say() {
  const snapshot = shown && seen();
  const place = find(".said");
  const { dataset } = find("#said-words");
  let line = [answer];
  if (!answer && snapshot) {
    const { state } = snapshot.poll;
    if (state === "scheduled") line = [dataset.scheduled.replace("{time}", moment(Date.parse(dataset.opensAt)))];
    else if (state === "open" && (hidden(snapshot) || !(snapshot.leaders.length || (snapshot.result && snapshot.voters)))) {
      line = outcome(snapshot);
      if (hidden(snapshot) && dataset.reveal) line = [...line, ` ${dataset.reveal}`];
    }
  }
  const text = line.map((part) => part.textContent ?? part).join("");
  if (place.textContent !== text) place.textContent = text;
}

function tell(text) {
  answer = text;
  say();
  clearTimeout(quietAgain);
  quietAgain = setTimeout(() => { answer = ""; say(); }, SAID_FOR);
}

const trouble = () => tell(find("#trouble").content.textContent.trim());

function link(state, heard) {
  const live = find(".live");
  main.dataset.link = state;
  const settled = main.dataset.state === "final" && state !== "reconnecting";
  const paused = main.dataset.counting === "paused" && state === "live";
  live.dataset.live = settled ? "final" : paused ? "paused" : state;
  find("time", live).textContent = clock(heard);
}

function countDown() {
  const until = Date.parse(main.dataset.closesAt ?? "");
  const seconds = Math.max(0, Math.floor((until - now()) / 1000));
  const place = find(".left");
  place.hidden = main.dataset.state !== "open" || Number.isNaN(until);
  find(".countdown").textContent = !place.hidden && seconds <= LAST_SECONDS ? seconds : "";
  if (place.hidden) return;
  find(".still", place).hidden = seconds < DAY;
  find(".to-go", place).hidden = seconds >= DAY;
  find("b", place).textContent = seconds < DAY ? span(seconds) : day(until);
}

function span(seconds) {
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), (seconds % 3600) / 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${Math.floor(minutes)}:${two(seconds % 60)}`;
}

const day = (when) => new Date(when).toLocaleDateString(localeOf(), { day: "numeric", month: "short" });

/** 14:00, and another day's with the day. */
const moment = (when) => (Math.abs(when - now()) < 1000 * DAY ? "" : `${day(when)}, `) + clock(when).slice(0, 5);

function tick() {
  countDown();
  setTimeout(tick, 1000 - (now() % 1000));
}

// Asking the server ------------------------------------------------------------------------------------------------

/**
 * Put the page of this address in the place of the present one. Throws when it can't be had. Of another poll, only what
 * is pressed from now on is obeyed, or what was pressed after `press`.
 */
async function go(url, remember = null, press = undefined) {
  const mine = ++turn;
  const { status, page } = await askPage(url, ANSWER_TIMEOUT, "main[data-slug]");
  const next = status === 200 && page.querySelector("main[data-slug]");
  if (!next) throw new Error(status);
  if (mine !== turn) return;
  clearTimeout(renewing);
  renewing = undefined;
  remember?.call(history, null, "", url);
  if (next.dataset.slug !== main.dataset.slug) obeyed = press;
  document.title = page.title;
  main.replaceWith(document.adoptNode(next));
  adopt(next);
  following.reconnect(first);
}

/**
 * Do what the host has pressed on the remote since this window is open: with the rights of this window, as the same
 * key would. What can't be done now is done as soon as the site answers, if nothing else was pressed since.
 */
async function obey() {
  const { remote } = shown.room ?? {};
  if (!remote || obeying) return;
  obeyed ??= remote.press;
  if (remote.press <= obeyed) return;
  obeying = true;
  try {
    if (remote.deed === "go") {
      await go(new URL(`../../${remote.slug}/present/`, location).href.split("?")[0], history.pushState, remote.press);
    } else if (["show", "hide"].includes(remote.deed)) await result(remote.deed === "hide");
    obeyed = remote.press;
  } catch {
    trouble();
    setTimeout(obey, AGAIN);
  } finally {
    obeying = false;
  }
}

async function post(form) {
  try {
    const body = new URLSearchParams(new FormData(form));
    const reply = await askJson(form.action, ANSWER_TIMEOUT, { method: "POST", body });
    tell(inOwnZone(reply.body.detail));
    // Else the snapshot says it, to all screens.
    if (reply.status === 200 && main.dataset.link !== "live") await go(location.href);
  } catch {
    trouble();
  }
}

// Keys -------------------------------------------------------------------------------------------------------------

async function result(hides) {
  const url = new URL(location);
  url.searchParams.set("result", hides ? "hidden" : "shown");
  if (hides && shown) {
    // At once, whether or not the server answers.
    main.dataset.asked = "hidden";
    draw();
  }
  await go(url, history.replaceState);
}

const turnResult = () => result(!find(".board").classList.contains("hidden-result")).catch(trouble);

function resize(step) {
  const size = Math.min(SIZES.largest, Math.max(SIZES.smallest, Number(root.dataset.size ?? 0) + step));
  root.dataset.size = size;
  fitAll();
  try {
    localStorage.setItem("present-size", size);
  } catch {} // a browser that keeps nothing
}

/** Put on the poll before or after this one, in an event that is led from here; the projector follows as all screens do. */
async function step(form) {
  try {
    const reply = await askJson(form.action, ANSWER_TIMEOUT, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    tell(reply.body.detail);
    if (reply.body.there) await go(new URL(reply.body.there, location).href, history.pushState);
  } catch {
    trouble();
  }
}

const neighbour = (rel) => {
  const form = find(`form[data-step=${rel}]`);
  if (form) return step(form);
  const link = find(`a[rel=${rel}]`);
  if (link) go(link.href, history.pushState).catch(trouble);
};

/** Opened, with the focus on itself: on its first button a second press of the space bar would answer. */
function raise(dialog) {
  // Firefox has it since 98.
  if (dialog.showModal) dialog.showModal();
  else dialog.setAttribute("open", "");
  dialog.focus();
}

function lower(dialog) {
  if (dialog?.close) dialog.close();
  else dialog?.removeAttribute("open");
}

function openOrSeal() {
  const ask = find(`dialog.ask[data-in=${main.dataset.state}]`);
  if (ask) raise(ask);
  else if (main.dataset.state === "scheduled" && find(".open-form")) post(find(".open-form"));
}

function closeIn(minutes) {
  const form = find(".close-in-form");
  if (!form || main.dataset.state !== "open") return;
  form.elements.minutes.value = minutes;
  post(form);
}

function help() {
  const keys = find(".keys");
  if (keys.hasAttribute("open")) lower(keys);
  else raise(keys);
}

/** iPhones have none. */
const full = () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.())?.catch(() => {});

const host = () => find(".keys a[target]")?.click();

const ACTIONS = {
  turn: openOrSeal, result: turnResult, help, full,
  larger: () => resize(1),
  smaller: () => resize(-1),
  "close-in": ({ minutes }) => closeIn(minutes),
  no: () => lower(find("dialog.ask[open]")),
};
const KEYS = {
  " ": openOrSeal, r: turnResult, "?": help, f: full, h: host,
  "+": ACTIONS.larger, "=": ACTIONS.larger, "-": ACTIONS.smaller, "−": ACTIONS.smaller,
  // Page up and down are what the button in a speaker's hand sends.
  arrowleft: () => neighbour("prev"), pageup: () => neighbour("prev"),
  arrowright: () => neighbour("next"), pagedown: () => neighbour("next"),
  1: () => closeIn(1), 2: () => closeIn(2), 5: () => closeIn(5),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const asks = find("dialog.ask[open]");
  if (event.key === "Escape") return lower(asks ?? find(".keys"));
  if (event.target.closest("button, a") && [" ", "Enter"].includes(event.key)) return;
  if (asks) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    lower(asks);
    post(find("form", asks));
    return;
  }
  const action = KEYS[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  if (action !== help) lower(find(".keys"));
  action();
});

addEventListener("click", (event) => {
  const place = event.target.closest("[data-do], a[rel]");
  if (!place) return;
  event.preventDefault();
  if (place.dataset.do !== "help") lower(find(".keys"));
  if (place.rel) neighbour(place.rel);
  else ACTIONS[place.dataset.do](place.dataset);
});

addEventListener("submit", (event) => {
  event.preventDefault();
  lower(event.target.closest("dialog"));
  (event.target.dataset.step ? step : post)(event.target);
});

// The window -------------------------------------------------------------------------------------------------------

let asleep;
addEventListener("pointermove", () => {
  root.dataset.awake = "";
  clearTimeout(asleep);
  asleep = setTimeout(() => delete root.dataset.awake, AWAKE_FOR);
});

/** A projector must not go dark while a room looks at it; browsers grant it on secure pages only. */
const stayLit = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", stayLit);
addEventListener("resize", fitAll);
document.fonts?.ready.then(fitAll);
addEventListener("popstate", () => go(location.href).catch(() => location.reload()));

try {
  root.dataset.size = localStorage.getItem("present-size") ?? 0;
} catch {} // likewise
adopt(find("main[data-slug]", document));
// Both addresses change with the page; fetch takes the text of whatever it is given, as of that moment.
const snapshots = { toString: () => main.dataset.snapshots };
following = follow(() => main.dataset.socket, snapshots, { show, link, shown: first });
tick();
stayLit();
