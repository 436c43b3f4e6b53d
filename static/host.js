// The host's pages: live counts and share strips of open polls, over the same sockets that any screen has.

import { localeOf, now } from "./clock.js";
import { entriesIn } from "./host-entries.js";
import { drawEstimates } from "./estimates.js";
import { drawRatings } from "./ratings.js";
import { drawRunoff } from "./runoff.js";
import { counted, follow, isolated, percent, shareText, spaced } from "./snapshot.js";

const MINUTE = 60_000; // ms
/** The words of rounds, where the page has any. */
const sentences = JSON.parse(document.getElementById("sentences")?.textContent ?? "null");

for (const time of document.querySelectorAll("time[data-when]")) {
  const date = { day: "numeric", month: "short" };
  const options = time.dataset.when === "day" ? date : { ...date, hour: "2-digit", minute: "2-digit" };
  time.textContent = new Date(time.dateTime).toLocaleString(localeOf(), options);
}

/** How many voters came in the last minute; null until the page has watched for as long. */
function pace(seen, voters) {
  const at = now();
  seen.push({ at, voters });
  while (seen.length > 2 && seen[1].at <= at - MINUTE) seen.shift();
  return seen[0].at <= at - MINUTE ? voters - seen[0].voters : null;
}

function drawStrip(strip, choices) {
  const votes = choices.map((choice) => choice.votes ?? 0);
  const total = votes.reduce((sum, count) => sum + count, 0);
  let before = 0;
  choices.forEach(({ id }, index) => {
    const part = strip.querySelector(`[data-part="${id}"]`);
    part?.setAttribute("x", `${(100 * before) / Math.max(total, 1)}%`);
    part?.setAttribute("width", `${(100 * votes[index]) / Math.max(total, 1)}%`);
    before += votes[index];
  });
  strip.classList.toggle("no-votes", total === 0);
  if (total) strip.setAttribute("aria-label", choices.map(({ text, percent: share, votes: count }) => `${isolated(text)} ${share === null ? spaced(count) : percent(share)}`).join(", "));
}

/** Whether a new page would take something from whoever is at it. */
const isBusy = () => document.activeElement?.matches("input, textarea, select") || document.querySelector("details[open]") !== null;

function watch(poll) {
  const find = (selector) => poll.querySelector(selector);
  const live = find(".live");
  const word = find("[data-voters-word]");
  const quiet = find(".pace");
  const seen = [];
  const showEntries = entriesIn(poll.dataset.state && document.querySelector("form.entries"));
  let counting = "live";
  let open = true;

  function sayPace(voters) {
    const votes = pace(seen, voters);
    quiet.hidden = !votes;
    quiet.textContent = counted(quiet, votes ?? 0);
  }

  /** How many pages of voters and projectors are open; nothing where nobody can say. */
  function sayWhoIsThere(room) {
    const people = find(".people");
    if (people) {
      people.hidden = !room?.people;
      people.textContent = counted(people, room?.people ?? 0);
    }
    const projectors = find(".projectors");
    if (projectors) projectors.dataset.on = room?.projectors > 0 ? "yes" : room?.projectors === 0 ? "no" : "unknown";
  }

  function show(snapshot) {
    find("[data-voters]").textContent = spaced(snapshot.voters);
    word.textContent = counted(word, snapshot.voters);
    if (find(".share-strip")) drawStrip(find(".share-strip"), snapshot.choices);
    if (poll.dataset.state) {
      drawRatings(document, snapshot);
      drawEstimates(document, snapshot);
      if (sentences) drawRunoff(document, sentences, snapshot);
    }
    for (const { id, votes, percent: share } of snapshot.choices) {
      const row = document.querySelector(`.choices [data-choice="${id}"]`);
      if (!row?.matches("li") || !poll.dataset.state) continue;
      row.querySelector("[data-votes]").textContent = spaced(votes ?? 0);
      if (!row.querySelector("[data-percent]")) continue;
      row.querySelector("[data-percent]").textContent = shareText(share);
      row.querySelector(".fill").setAttribute("width", `${share ?? 0}%`);
      row.querySelector(".needle").setAttribute("x", `${share ?? 0}%`);
    }
    showEntries(snapshot);
    sayPace(snapshot.voters);
    sayWhoIsThere(snapshot.room);
    counting = snapshot.counting;
    open = snapshot.poll.state === "open";
    const changed = find(".changed");
    const closes = find("[data-closes]");
    const { state, closes_at: closesAt } = snapshot.poll;
    if (closes && closesAt) closes.dataset.closes = closesAt;
    for (const field of document.querySelectorAll(".poll [name=after]")) field.value = closesAt ?? field.value;
    const same = state === poll.dataset.state && snapshot.round === Number(poll.dataset.round);
    if (changed && !same && !isBusy()) return location.reload();
    if (changed) changed.hidden = same;
  }

  function link(state) {
    // What is not open is said by its name, and is not called live.
    const heard = open ? "live" : "still";
    live.dataset.live = state !== "live" ? state : counting === "paused" ? "paused" : heard;
  }

  follow(() => poll.dataset.socket, poll.dataset.snapshots, { show, link });
  setInterval(() => seen.length && sayPace(seen.at(-1).voters), MINUTE / 6);
}

for (const poll of document.querySelectorAll(".poll[data-socket]")) watch(poll);
