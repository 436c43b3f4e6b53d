// Follows a poll: a WebSocket that comes back by itself, and plain requests where there can't be one.

import { now } from "./clock.js";
import { askJson, openSocket } from "./network.js";

const SILENCE = 25_000; // ms without a message after which a socket counts as broken; the server speaks every 10 s
const FIRST_WAIT = 500; // ms
const LONGEST_WAIT = 10_000; // ms
const FAILURES_BEFORE_ASKING = 3;
const ASK_TIMEOUT = 5_000; // ms

const isEnglish = document.documentElement.lang.startsWith("en");

/** Numbers and shares as their language writes them (core/web/texts.py): 12,345 and 67%, or 12 345 and 67 %. */
export const spaced = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, isEnglish ? "," : "\u00a0");
export const decimal = (number, places) => number.toFixed(places).replace(".", isEnglish ? "." : ",");
export const percent = (number) => `${number}${isEnglish ? "" : "\u00a0"}%`;

/** A share; a dash for a choice without one, and where it is hidden. */
export const shareText = (number) => (number === null ? "–" : percent(number));

/** The votes that a choice's bar stands for: none of one without a share. */
export const drawnVotes = ({ votes, percent: ofAll }) => (ofAll === null ? 0 : votes);

const rules = new Intl.PluralRules(document.documentElement.lang || "en");

/** The place's words for a number, with the number in their gap: `data-one`, or `data-many` for every other plural. */
export const counted = (place, number) => (place.dataset[rules.select(number)] ?? place.dataset.many).replace(/\{\w+\}/, spaced(number));

/** A text that turns no word around it, where there is no markup to keep it apart (core/web/texts.py). */
export const isolated = (text) => (/[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff]/.test(text) ? `\u2068${text}\u2069` : text);

/** A random part of a wait: a room full of phones must not come back in the same instant. */
export const jitter = (ms) => ms * (0.5 + Math.random() / 2);

/** The picture of a choice that a row shows already may have been exchanged. */
export function showPicture(row, { picture }) {
  const shown = row.querySelector(".picture");
  if (picture && shown && shown.getAttribute("src") !== picture) shown.src = picture;
}

/** Whether a position ("ms-seq") has been reached; both parts are numbers, so text must not be compared. */
export function reached(through, position) {
  const [ms, seq] = through.split("-").map(BigInt);
  const [ownMs, ownSeq] = position.split("-").map(BigInt);
  return ms > ownMs || (ms === ownMs && seq >= ownSeq);
}

/** What a closing poll waits for, in the place's own words (templates/polls/_waiting.html). */
export function sayWhatWaits(place, { waiting }) {
  const kind = { undefined: "some", null: "unknown", 0: "none", 1: "one" }[waiting] ?? "many";
  place.textContent = place.dataset[kind].replace("{votes}", spaced(waiting));
}

/**
 * Calls show(snapshot) for each one newer than the last, for one as new whose `counting`, `waiting` or `room` differs
 * (they have no version), and always for the first of a connection; and link(state, since) with "live", "reconnecting" or
 * "polling" and the moment of the last message.
 * socketUrl() is asked at each connection. Returns {reconnect(snapshot)}, for when the page's rights have changed, or
 * all of it, with what is shown now.
 */
export function follow(socketUrl, snapshotUrl, { show, link, shown = null }) {
  let socket, wake, silence, asking, etag;
  let heard = now();
  let failures = 0;

  function take(snapshot, first) {
    const newer = !shown || first || snapshot.version > shown.version;
    const differs = () =>
      snapshot.counting !== shown.counting ||
      snapshot.waiting !== shown.waiting ||
      JSON.stringify(snapshot.room) !== JSON.stringify(shown.room);
    if (!newer && !(snapshot.version === shown.version && differs())) return;
    // A result service of the release before does not say who leads: while it is exchanged, nobody is marked.
    shown = { leaders: [], lead: null, top: 100, ...snapshot };
    show(shown);
  }

  function connect() {
    clearTimeout(wake);
    clearTimeout(silence);
    const address = new URL(socketUrl());
    // A process that has just begun may know less than this page: it then shows nothing before it has asked Postgres.
    if (shown) address.searchParams.set("seen", shown.version);
    const mine = openSocket(address);
    drop();
    if (!mine) return broken();
    socket = mine;
    let first = true;
    silence = setTimeout(broken, LONGEST_WAIT);
    mine.onmessage = ({ data }) => {
      if (mine !== socket) return;
      const message = JSON.parse(data);
      heard = now();
      clearTimeout(silence);
      silence = setTimeout(broken, SILENCE);
      if (message.type === "results") {
        stopAsking();
        take(message, first);
        first = false;
      } else if (message.type === "counting" && shown) {
        // It knows less than this page, until Postgres answers it: what is shown stays, and whether votes are counted.
        stopAsking();
        take({ ...shown, counting: message.counting, room: message.room ?? shown.room }, false);
      }
      if (!first || shown) link("live", heard);
    };
    mine.onclose = () => mine === socket && broken();
  }

  function drop() {
    const old = socket;
    socket = null;
    if (old) old.onclose = old.onmessage = null;
    old?.close();
  }

  // Every close code is the same: parts are killed, and networks say anything.
  function broken() {
    clearTimeout(silence);
    drop();
    failures += 1;
    if (failures >= FAILURES_BEFORE_ASKING && !asking) ask();
    if (!asking) link("reconnecting", heard);
    wake = setTimeout(connect, jitter(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1))));
  }

  function stopAsking() {
    clearTimeout(asking);
    asking = undefined;
    failures = 0;
  }

  async function ask() {
    asking = setTimeout(ask, 2_000 + 3_000 * Math.random());
    try {
      const answer = await askJson(snapshotUrl, ASK_TIMEOUT, { headers: etag ? { "If-None-Match": etag } : {} });
      if (answer.status !== 304 && answer.body.type !== "results") throw new Error(answer.status);
      if (!asking) return; // the socket came back meanwhile
      heard = now();
      if (answer.body) {
        etag = answer.etag;
        take(answer.body, false);
      }
      link("polling", heard);
    } catch {
      if (asking) link("reconnecting", heard);
    }
  }

  connect();
  addEventListener("online", connect);
  addEventListener("pageshow", (event) => event.persisted && connect());
  function reconnect(snapshot = shown) {
    shown = snapshot;
    etag = undefined;
    connect();
  }

  return { reconnect };
}
