// The vote page: sends the vote without leaving the page, and says what has become of it.
//
// `mine` is the last vote that a web service accepted, `cast` the one on its way, `trouble` why it did not get through.
// Everything on the page is drawn from these three and the last snapshot. The words stand in the page's templates.

import { clock, now, pageAge } from "./clock.js";
import { fit } from "./fit.js";
import { askJson, askPage, Late, NotOurs } from "./network.js";
import { follow, isolated, jitter, percent, reached, sayWhatWaits, showRight, spaced } from "./snapshot.js";

const ANSWER_WITHIN = 15_000; // ms
const STILL_WAITING = 5_000; // ms after which "not yet counted" becomes "still waiting"
const LONGEST_WAIT = 30_000; // ms between two attempts
const SPREAD = 2_000; // ms over which a room spreads what all its pages do at once
const SPREAD_AT_LEAST = 200; // ms over which a room follows its host to the next poll of an event ...
const SPREAD_OF_ONE = 2; // ... and ms that each voter adds to it, up to SPREAD
const FIELDS = ["csrfmiddlewaretoken", "page"]; // hidden ones that a vote has to have

const main = document.querySelector("main");
const form = main.querySelector("form.ballot");
const section = main.querySelector(".state");
const entryForm = main.querySelector("form.entry");
let options = [...form.querySelectorAll(".option")];
const round = Number(main.dataset.round);
const several = "max" in main.dataset;
/** What scripts hand over that only some polls have: the fields of its kind, and the way through its event. */
const { entries = null, estimate = null, strip = null, goAlong = () => () => {} } = main;
const once = "once" in main.dataset;

const find = (selector, within = main) => within.querySelector(selector);
const valueOf = (option) => option.value ?? find("input", option).value;
const ordered = "ordered" in main.dataset;
const same = (one, other) => one.length === other.length && one.every((id, at) => (ordered ? other[at] === id : other.includes(id)));

let snapshot = JSON.parse(document.getElementById("snapshot").textContent);
let mine = null;
let cast = null;
let late = null; // what a closed poll refused
let trouble = ["not_recorded", "unknown", "lost", "closed"].includes(section.dataset.kind) ? section.dataset.kind : "";
let attempts = 0;
let newest = 0; // number of the attempt that was begun last
let lastAnswer = null;
let reasonAsked = "";
let said = null;
let writing = false; // an entry is on its way
let limits = null; // what holds votes back, once one was (static/limits.js)
let retry, patience, socket;

if (form.dataset.voted !== undefined) {
  const { voted, status, box, position, voteRound, receipt, code, pass } = form.dataset;
  mine = { selections: voted ? voted.split(" ") : [], status, box: Number(box), position, round: Number(voteRound), receipt, code, pass };
}

// What is seen ---------------------------------------------------------------------------------------------------

function phase() {
  if (cast) return limits?.stage() || "sending";
  if (!mine) return "";
  if (mine.status === "counted" && !mine.selections.length) return "withdrawn";
  if (mine.status !== "counted" && snapshot?.counting === "paused") return "paused";
  return mine.status;
}

function view() {
  if (trouble) return trouble;
  // A snapshot of the round before says nothing of this one.
  const state = snapshot?.round === round ? snapshot.poll.state : main.dataset.state;
  return state === "open" || fillingIn() ? "" : state;
}

/** Whether somebody is in the middle of a ballot: no snapshot may then take it away. */
function fillingIn() {
  if (cast) return true;
  return several && !same(ticked(), mine?.selections ?? []);
}

/** Whether there is a vote, on its way or accepted, that can't be changed. */
const stands = () => once && Boolean(cast ?? mine);

/** Whether as many are ticked as may be, and this one is not. */
const isBeyondLimit = (option) => several && find("input", option).type === "checkbox" && !find("input", option).checked && ticked().length >= Number(main.dataset.max);

/** The points of a statement are radio buttons, of which one has no value: no answer. */
const ticked = () => estimate?.ballot() ?? [...form.querySelectorAll(".option input:checked")].map((input) => input.value).filter(Boolean);

function draw() {
  const chosen = cast?.selections ?? mine?.selections ?? [];
  const stage = phase();
  for (const option of options) drawOption(option, chosen, stage);
  form.dataset.phase = cast ? "sending" : stage;
  form.toggleAttribute("data-stands", stands());
  if (several) drawSend(stage);
  if (entryForm) find(".button", entryForm).disabled = writing || Boolean(cast);
  for (const words of main.querySelectorAll(".before")) words.hidden = chosen.length > 0;
  for (const words of main.querySelectorAll(".after")) words.hidden = chosen.length === 0;
  const kind = view();
  drawShares(chosen.length > 0 || kind === "final");
  drawView(kind);
  // What the header says of the closing time is of the state that the page came in.
  document.querySelector(".top .closes").hidden = Boolean(snapshot) && snapshot.poll.state !== main.dataset.state;
  goOn(snapshot?.event);
  announce();
  if (main.dataset.drill && mine) tellDrill();
}

/** In a live drill: report what has become of this receipt. */
function tellDrill() {
  const found = mine.status === "counted" ? "counted" : trouble === "lost" ? "missing" : "";
  // Loaded before there is anything to tell: the service may be down then.
  import("./drill.js").then(({ report }) => found && report(main.dataset.drill, form, mine, found), () => {});
}

function drawOption(option, chosen, stage) {
  const row = option.classList.contains("row");
  if (row) showRight(find(".name bdi", option), snapshot?.quiz?.right.includes(Number(valueOf(option))));
  const picked = chosen.includes(valueOf(option)) && !(several && !find("input", option).checked);
  option.classList.toggle("picked", picked);
  option.classList.toggle("other", chosen.length > 0 && !picked);
  if (several) return;
  if (chosen.length) option.setAttribute("aria-pressed", picked);
  else option.removeAttribute("aria-pressed");
  drawStatus(find(".status", option), picked ? stage : "");
}

function drawStatus(place, stage) {
  if (place.dataset.status === stage && stage !== "counted") return;
  place.dataset.status = stage;
  place.replaceChildren(...(stage ? [find(`[data-status-words=${stage}]`).content.cloneNode(true)] : []));
  const code = find("[data-receipt-code]", place);
  if (code) code.textContent = mine.code;
}

function drawSend(stage) {
  const button = find(".send .button");
  const hadFocus = button === document.activeElement;
  button.hidden = stands();
  if (button.hidden && hadFocus) find(".foot a").focus();
  drawStatus(find(".send .status"), fillingIn() && !cast ? "" : stage);
}

function drawShares(voted) {
  for (const choice of snapshot?.choices ?? []) {
    const place = find(`[data-share="${choice.id}"]`);
    if (!place) continue;
    const shown = voted && choice.percent !== null;
    place.replaceChildren(...(shown ? [String(choice.percent), Object.assign(document.createElement("small"), { textContent: "%" })] : []));
    const bar = find(`[data-bar="${choice.id}"]`);
    bar?.toggleAttribute("hidden", !shown);
    if (!bar || !shown) continue;
    find(".fill", bar).setAttribute("width", `${choice.percent}%`);
    find(".needle", bar).setAttribute("x", `${choice.percent}%`);
  }
}

function drawView(kind) {
  section.dataset.mine = !mine?.selections.length ? "" : mine.status === "counted" ? "counted" : "waiting";
  const inRows = kind === "final" && document.body.classList.contains("many");
  main.dataset.view = inRows ? "outcome" : kind ? "state" : "ballot";
  for (const option of options) {
    const isLeft = stands() && (several || !option.classList.contains("picked"));
    (several ? find("input", option) : option).disabled = inRows || isBeyondLimit(option) || isLeft;
  }
  estimate?.disable(inRows || stands());
  entryForm?.toggleAttribute("hidden", Boolean(kind));
  if (!kind) return;
  if (section.dataset.kind !== kind) {
    const words = find(`[data-kind-words=${kind}]`, section).content.cloneNode(true);
    find(".poster .label", section).replaceChildren(...find(".label", words).childNodes);
    find(".panel", section).replaceChildren(...find(".panel", words).childNodes);
    section.dataset.kind = kind;
    section.dataset.drawn = "";
    if (form.contains(document.activeElement)) setTimeout(() => find(".panel .button", section)?.focus());
  }
  if ("drawn" in section.dataset) drawPoster();
  drawSlots();
}

function drawPoster() {
  const selections = (late ?? cast ?? mine)?.selections ?? [];
  const chosen = selections.map((id) => options.find((option) => valueOf(option) === id)).filter(Boolean);
  const poster = find(".poster", section);
  const name = find(".name", poster);
  const letters = estimate?.word(selections) ?? entries?.word(selections) ?? chosen.map((option) => find(".letter", option).textContent).join(" ");
  const unchosen = find(`[data-kind-words=${section.dataset.kind}]`, section).dataset.word;
  const [only] = chosen.length === 1 && !entries ? chosen : [];
  name.textContent = only?.dataset.text ?? (letters || unchosen);
  name.className = `name ${only ? only.dataset.size : name.textContent.length > 4 ? "size-2" : "size-1"}`;
  poster.className = `poster${only ? ` f${only.dataset.palette}` : ""}`;
  find(".label", poster).hidden = !letters;
  fit(name);
}

function drawSlots() {
  const fill = (slot, text) => {
    const place = find(`[data-slot=${slot}]`, section);
    if (place) place.textContent = text;
  };
  const choices = snapshot?.choices ?? [];
  const shared = choices.filter((choice) => choice.percent !== null);
  const few = shared.length && choices.length <= 3 && !snapshot?.result?.last;
  fill("numbers", few ? `${shared.map(({ text, percent: share }) => `${isolated(text)} ${percent(share)}`).join(", ")}.` : "");
  const machine = find("[data-slot=machine]", section);
  if (lastAnswer && machine) machine.textContent = machineLine(machine.dataset);
  drawVerdict();
  fill("voters", spaced(snapshot?.voters ?? 0));
  const waits = find("[data-waits]", section);
  if (waits && snapshot) sayWhatWaits(waits, snapshot);
  const paused = find("[data-slot=paused]", section);
  if (paused) paused.hidden = snapshot?.counting !== "paused";
  const receipt = find("[data-slot=receipt]", section);
  if (receipt && mine) {
    receipt.hidden = false;
    find("[data-receipt-code]", receipt).textContent = mine.code;
  }
}

/** Of a final quiz: what is right, how many answered so, and whether this voter did. */
function drawVerdict() {
  const [verdict, place] = ["verdict", "answered"].map((slot) => find(`[data-slot=${slot}]`, section));
  if (!verdict) return;
  const { quiz, voters } = snapshot ?? {};
  const has = quiz && mine?.status === "counted" && mine.selections.length > 0;
  verdict.hidden = !has;
  verdict.dataset.said = !has ? "" : same(mine.selections, quiz.right.map(String)) ? "right" : "wrong";
  place.hidden = !quiz || !voters;
  // Loaded here alone: few pages are of a quiz, and a room loads each page at once.
  if (!place.hidden) import("./sentence.js").then(({ answered }) => place.replaceChildren(...answered(place.dataset, snapshot)), () => {});
}

function machineLine({ words, nothing }) {
  const { code, time } = lastAnswer;
  return words.replace("{answer}", code || nothing).replace("{server}", main.dataset.server || location.host).replace("{time}", time);
}

const goOn = goAlong({
  isBusy: () => fillingIn() || Boolean(trouble),
  spread: () => Math.min(SPREAD, SPREAD_AT_LEAST + SPREAD_OF_ONE * (snapshot?.voters ?? 0)),
  ask: (address) => {
    const gone = strip && find("[data-gone]", strip);
    if (!gone) return;
    gone.hidden = !address;
    find("[data-unsent]", gone).hidden = !fillingIn();
    if (address) find("a", gone).href = address;
  },
});

/** One announcement per change of the voter's own matter, never per vote. */
function announce() {
  const place = main.dataset.view === "ballot" ? find(".picked .status > span, .send .status > span") : find(".panel :is(h1, h2)");
  const verdict = place?.parentElement.querySelector(".verdict:not([hidden])");
  const own = verdict ? ` ${find(`.when-${verdict.dataset.said}:not(path)`, verdict).textContent}` : "";
  const news = (place?.textContent ?? "") + own;
  if (said !== null && news !== said) find(".hear").textContent = news;
  said = news;
}

function problem(detail, place = find(".problem")) {
  place.hidden = !detail;
  find("span", place).textContent = detail;
}

// What is sent ---------------------------------------------------------------------------------------------------

function vote(selections) {
  find("[data-missing]")?.toggleAttribute("hidden", selections.length > 0 || mine?.selections.length > 0);
  if (!selections.length && !mine?.selections.length) return;
  if (!trouble && same(selections, cast?.selections ?? mine?.selections ?? [])) return;
  cast = { selections, pressed: pageAge(), sent: false };
  attempts = 0;
  problem("");
  send();
}

/** The pass says what this voter may see: the receipt's cookie is for the vote page alone. */
function socketUrl() {
  const address = new URL(main.dataset.socket);
  if (mine) address.searchParams.set("pass", mine.pass);
  return address;
}

/** Whether the poll hides its result from those who have not voted: the next connection tells more then. */
const mayShowMore = () => !snapshot || snapshot.choices.some(({ votes }) => votes === null);

/** Sends `cast`, or asks for `mine` once more with its receipt: then it keeps its cast id and can't count twice. */
async function send(repeat = false) {
  clearTimeout(retry);
  const sending = repeat ? mine : cast;
  const attempt = ++newest;
  draw();
  const answer = await post(sending, repeat).catch((error) => ({ status: 0, body: { status: unanswerable(error) } }));
  if (sending !== (repeat ? mine : cast) || (repeat && cast)) return; // a newer choice is on its way
  if (attempt !== newest && !isAccepted(answer)) return; // the network came back, and this choice was sent once more
  if (needsPage(answer) && !sending.renewed) {
    sending.renewed = true;
    await renew();
    return send(repeat);
  }
  if (isHeld(answer)) sendAfter(answer, sending);
  else settle(answer, sending, repeat);
  draw();
}

/** Whether a limit of the poll holds it back. */
const isHeld = ({ status, body }) => status === 429 && ["crowded", "slowed"].includes(body.status);

/** Waits until what a limit holds back may be sent again; false if it never may. Few pages need it, so it is loaded here. */
async function hasPassed(sending, answer) {
  try {
    if (!find(".limits")) {
      // The host has limited the poll since this page was drawn.
      const { page } = await askPage(location.pathname, ANSWER_WITHIN, "form.ballot");
      find(".question").append(page.querySelector(".limits"));
    }
    ({ limits } = await import(find(".limits").dataset.script));
    await limits.hold(sending, answer, draw);
    return true;
  } catch {
    return false;
  }
}

/** Keeps a vote that a limit holds back, and sends it again when it may be sent. */
async function sendAfter(answer, sending) {
  trouble = "";
  const isReady = await hasPassed(sending, answer);
  if (sending !== cast) return; // a newer choice waits, or is on its way
  if (isReady) return send();
  refused(answer.body);
  draw();
}

/** Whether it may have arrived all the same. */
const unanswerable = (error) => (error instanceof Late || error instanceof NotOurs ? "unknown" : "kept");

/** What a poll with limits wants to have beside the vote. */
const further = () => limits?.fields() ?? [];

function post(sending, repeat) {
  const body = new URLSearchParams(FIELDS.map((name) => [name, form.elements[name].value]));
  for (const id of sending.selections) body.append(...(estimate?.sent(id) ?? ["choice", id]));
  const more = repeat ? [["receipt", sending.receipt]] : [["pressed", sending.pressed], ...further()];
  for (const [name, value] of more) body.set(name, value);
  return askJson(location.pathname, ANSWER_WITHIN, { method: "POST", body });
}

/** What the form of this page has is no longer good: the browser has lost its cookies, or has others. */
const needsPage = ({ status, body }) => status === 403 && ["csrf", "no_page"].includes(body.status);

/** Takes what a vote needs from a new page; in another round the whole page. */
async function renew() {
  const { page } = await askPage(location.pathname, ANSWER_WITHIN, "form.ballot").catch(() => ({}));
  const fresh = page?.querySelector("form.ballot");
  if (!fresh) return;
  if (Number(page.querySelector("main").dataset.round) !== round) return location.reload();
  for (const name of FIELDS) form.elements[name].value = fresh.elements[name].value;
  if (cast) cast.pressed = 0;
}

const isAccepted = ({ status, body }) => [200, 202].includes(status) && ["received", "counted"].includes(body.status) && Boolean(body.receipt);

function settle(answer, sending, repeat) {
  const { status, body, wait = 0 } = answer;
  if (isAccepted(answer)) return accept(body, sending);
  if (body.status === "already_voted") return keepFirst(body);
  if (status === 410) trouble = "lost";
  else if (repeat && (status >= 500 || [0, 429].includes(status))) later(true, wait);
  else if (status >= 400 && status < 500 && body.detail) repeat || refused(body);
  else if (repeat) later(true, wait);
  else unanswered(status, body, wait);
}

function accept(body, sending) {
  const first = !mine;
  const { status, box, position, receipt, receipt_code: code, round, pass, drill } = body;
  if (drill) main.dataset.drill = drill; // begun since this page was loaded
  mine = { selections: sending.selections, status, box, position, receipt, code, round, pass };
  cast = null;
  trouble = "";
  attempts = 0;
  clearTimeout(retry); // an attempt that was begun after this one has failed
  clearTimeout(patience);
  patience = setTimeout(lookAgain, STILL_WAITING);
  if (first && mayShowMore()) socket.reconnect();
  check();
}

/** Another vote of this voter stands: it is shown in the place of the one that was sent. */
function keepFirst({ vote, detail }) {
  accept(vote, { selections: vote.selections.map(String) });
  tick(mine.selections);
  problem(detail);
}

/** Change the rows of the entries. */
function drawEntries(change) {
  if (!entries) return;
  change();
  options = [...form.querySelectorAll(".option")];
}

/** Sends an entry, which is picked with what was voted for last. What is ticked and not sent stays so. */
async function writeEntry() {
  if (writing || cast) return;
  const { text } = entryForm.elements;
  const written = text.value;
  writing = true;
  problem("", find(".problem", entryForm));
  draw();
  const ask = () => {
    const fields = [...FIELDS.map((name) => [name, form.elements[name].value]), ["text", written], ["pressed", pageAge()], ...further()];
    return askJson(entryForm.action, ANSWER_WITHIN, { method: "POST", body: new URLSearchParams(fields) }).catch(() => ({ status: 0, body: {} }));
  };
  let answer = await ask();
  if (needsPage(answer)) {
    await renew();
    answer = await ask();
  }
  const held = {};
  while (isHeld(answer) && (await hasPassed(held, answer))) answer = await ask();
  writing = false;
  const { body } = answer;
  if (!isAccepted(answer)) problem(body.detail ?? entryForm.dataset.unreachable, find(".problem", entryForm));
  else {
    const id = String(body.entry.id);
    drawEntries(() => {
      if (body.entry.is_shown && !entries.inputOf(id)) entries.add({ id, text: body.entry.text });
      entries.keep(body.selections.map(String));
      entries.inputOf(id).checked = true;
    });
    if (text.value === written) text.value = "";
    if (!body.entry.is_shown) find("#entry-waits").textContent = find("#entry-waits").dataset.waitsWords;
    accept(body, { selections: body.selections.map(String) });
  }
  draw();
}

function tick(selections) {
  estimate?.fill(selections);
  for (const input of form.querySelectorAll(".option input")) {
    // The last of its group, after the points.
    const isLeftOut = !input.value && !form.querySelector(`input[name="${input.name}"]:checked`);
    input.checked = isLeftOut || selections.includes(input.value);
  }
  if (ordered) form.dispatchEvent(new CustomEvent("ticked", { detail: selections }));
}

function unanswered(status, body, wait) {
  // A busy server has not begun with it: it is kept on this page, and sent again as soon as the server wishes.
  const kept = body.status === "kept" || body.busy;
  trouble = kept ? "kept" : body.status === "not_recorded" ? body.status : "unknown";
  if (trouble !== "not_recorded") later(false, wait);
  lastAnswer = { code: status, time: clock(now()) };
}

function refused(body) {
  late = body.status === "closed" ? cast : null;
  cast = null;
  trouble = late ? "closed" : "";
  if (!late) problem(body.detail);
  if (late || !estimate) tick(mine?.selections ?? []); // a number that was typed can be corrected
}

function later(repeat, atLeast = 0) {
  attempts += 1;
  const wait = Math.max(atLeast, Math.min(LONGEST_WAIT, 1000 * 2 ** (attempts - 1)));
  clearTimeout(retry);
  retry = setTimeout(() => send(repeat), atLeast ? wait + SPREAD * Math.random() : jitter(wait));
}

// What is heard --------------------------------------------------------------------------------------------------

/** Whether my vote is counted; if its box is gone, or the poll is final without it, ask the web service once more. */
function check() {
  if (!mine || mine.status === "counted" || cast || snapshot?.round !== mine.round) return;
  if (snapshot.box === mine.box && reached(snapshot.counted_through, mine.position)) {
    mine.status = "counted";
    return;
  }
  const reason = snapshot.box > mine.box ? `box ${snapshot.box}` : snapshot.poll.state === "final" ? "final" : "";
  if (!reason || reason === reasonAsked) return;
  reasonAsked = reason;
  clearTimeout(retry);
  retry = setTimeout(() => send(true), SPREAD * Math.random());
}

function lookAgain() {
  if (mine?.status === "received") mine.status = "waiting";
  draw();
}

function show(newer) {
  snapshot = newer;
  if (newer.round === round) drawEntries(() => entries?.show(newer));
  check();
  find("[data-votes]").textContent = ` (${spaced(newer.voters)})`;
  if ((newer.round > round || isOutOfDate()) && !fillingIn()) setTimeout(() => location.reload(), SPREAD * Math.random());
  draw();
}

/** Whether the host has changed the ballot since this page was drawn, before the poll was opened. */
const isOutOfDate = () => main.dataset.state === "scheduled" && (snapshot.poll.ballot ?? main.dataset.ballot) !== main.dataset.ballot;

function link(state, heard) {
  const stale = find(".stale");
  stale.hidden = state !== "reconnecting";
  find("time", stale).textContent = clock(heard);
}

// ----------------------------------------------------------------------------------------------------------------

form.addEventListener("submit", (event) => {
  event.preventDefault();
  vote(several ? ticked() : [event.submitter.value]);
});

entryForm?.addEventListener("submit", (event) => {
  event.preventDefault();
  writeEntry();
});

form.addEventListener("change", draw);
if (estimate) form.addEventListener("input", draw);

section.addEventListener("click", (event) => {
  if (!event.target.closest("[data-again]") || !cast) return;
  event.preventDefault();
  trouble = "";
  send();
});

addEventListener("keydown", (event) => {
  if (event.key.length !== 1 || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  // Elsewhere a letter may be anything: what somebody dictates, a key of a screen reader (WCAG 2.1.4).
  if (main.dataset.view !== "ballot" || !event.target.closest(".option")) return;
  const around = event.target.closest("fieldset") ?? form;
  const option = options.find((each) => around.contains(each) && find(".letter", each).textContent === event.key.toUpperCase());
  (several ? option?.querySelector("input") : option)?.click();
});

addEventListener("online", () => trouble === "kept" && cast && send());

if (mine && mine.status !== "counted") patience = setTimeout(lookAgain, STILL_WAITING);
socket = follow(socketUrl, main.dataset.snapshots, { show, link, shown: snapshot });
check();
draw();
