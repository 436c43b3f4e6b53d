// The page on which people check the count: recounts the list of ballots, or a file, and says what differs.

import { localeOf } from "./clock.js";
import { NoBallotsError, recount } from "./recount.js";
import { isolated, spaced } from "./snapshot.js";

const MOST_ROWS = 100; // of the table
const WHEN = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };

const words = JSON.parse(document.getElementById("sentences").textContent);
const [button, link, file, outcome] = ["recount", "ballots", "file", "outcome"].map((id) => document.getElementById(id));
const published = outcome.dataset.commitment;

const element = (name, text = "", attributes = {}) => {
  const made = Object.assign(document.createElement(name), { textContent: text });
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
const filled = (key, gaps = {}) => words[key].replace(/\{(\w+)\}/g, (_, gap) => gaps[gap]);
const shown = (value) => (typeof value === "number" ? spaced(value) : String(value));

/** Recount what `open` gives a stream of, and say what came out. */
async function check(open) {
  const [progress, sentence] = [element("progress", "", { max: 1, value: 0, "aria-label": words.busy }), element("p", words.busy)];
  outcome.replaceChildren(sentence, progress);
  button.disabled = file.disabled = true;
  try {
    const found = await recount(await open(), published, (rows, all) => { progress.value = rows / Math.max(all, 1); });
    outcome.replaceChildren(...told(found));
  } catch (error) {
    outcome.replaceChildren(element("p", error instanceof NoBallotsError ? words.no_file : words.failed, { class: "problem" }));
  } finally {
    button.disabled = file.disabled = false;
  }
}

function told(found) {
  const ballots = spaced(found.rows);
  const verdict = element("p", "", { class: found.agrees ? "verdict" : "verdict problem" });
  verdict.append(element("b", filled(found.agrees ? "agrees" : "differs", { ballots })));
  const parts = [verdict];
  if (!found.isPublished) parts.push(element("p", words.not_published, { class: "problem" }));
  if (found.tooMany) parts.push(element("p", words.too_many));
  if (found.faults.length) {
    const list = element("ul", "", { class: "faults" });
    list.append(...found.faults.map((fault) => element("li", filled(fault.what, fault))));
    parts.push(list);
  }
  parts.push(table(found.numbers));
  return parts;
}

function table(numbers) {
  const made = element("table", "", { class: "result-table" });
  const head = made.createTHead().insertRow();
  for (const name of ["", words.sealed, words.recounted]) head.append(name ? element("th", name, { scope: "col" }) : element("td"));
  const ordered = [...numbers.filter(differs), ...numbers.filter((number) => !differs(number))];
  const body = made.createTBody();
  for (const number of ordered.slice(0, MOST_ROWS)) {
    const row = body.insertRow();
    if (differs(number)) row.className = "differs";
    row.append(element("th", nameOf(number), { scope: "row", dir: "auto" }));
    const isLong = typeof number.said !== "number";
    const [said, recounted] = isLong ? [words.as_sealed, differs(number) ? words.other : words.same] : [shown(number.said), shown(number.recounted)];
    row.append(element("td", said), element("td", recounted));
  }
  return made;
}

const differs = ({ said, recounted }) => said !== recounted;

function nameOf({ name, choice }) {
  if (!choice) return words[`of_${name}`];
  const text = isolated(choice.text ?? filled("nameless", { id: choice.id }));
  return choice.statement ? `${isolated(choice.statement)}: ${text}` : text;
}

for (const time of document.querySelectorAll("time[data-when]")) time.textContent = new Date(time.dateTime).toLocaleString(localeOf(), WHEN);

button.addEventListener("click", () => check(async () => {
  const answer = await fetch(link.href, { cache: "no-cache" });
  if (!answer.ok) throw new Error(answer.status);
  return answer.body;
}));
file.addEventListener("change", () => file.files.length && check(() => file.files[0].stream()));
