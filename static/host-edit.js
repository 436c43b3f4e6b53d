// The editor of a poll: choices that are added, removed and moved in place, and times in the host's own time zone.
// Without it the form's own buttons do the same.

import { localeOf } from "./clock.js";
import { numberPicture, takePictures, withoutPicture } from "./host-pictures.js";
import { reorder } from "./reorder.js";

const form = document.querySelector("main form");
const list = form.querySelector(".choosing ol");
const announce = form.querySelector("[data-announce]");
const fixed = form.dataset.fixed === "1";
const most = Number(form.dataset.most);
const rows = () => [...list.children];
const field = (row) => row.querySelector(".text");
const say = (key, gaps) => {
  announce.textContent = list.dataset[key].replace(/\{(\w+)\}/g, (_, gap) => gaps[gap]);
};

// Rows ----------------------------------------------------------------------------------------------------------------

/** A to Z, then AA, AB ... */
function letter(index) {
  const first = Math.floor(index / 26);
  return (first ? String.fromCharCode(64 + first) : "") + String.fromCharCode(65 + (index % 26));
}

const named = (row) => field(row).value.trim() || row.querySelector("[data-letter]").textContent;
const placed = (row) => ({ choice: named(row), place: rows().indexOf(row) + 1, count: rows().length });

/** Letter, colour and name of each row follow from its place. */
function renumber() {
  rows().forEach((row, index) => {
    const text = field(row);
    row.querySelector("[data-letter]").textContent = letter(index);
    row.querySelector(".solid").setAttribute("fill", `url(#t${index % 10})`);
    row.querySelector(".handle")?.setAttribute("aria-label", list.dataset.move.replace("{letter}", letter(index)));
    row.querySelector(".cross")?.setAttribute("aria-label", list.dataset.remove.replace("{letter}", letter(index)));
    row.querySelector("input[type=hidden]").name = `choices-${index}-id`;
    numberPicture(row, index, list.dataset.picture.replace("{letter}", letter(index)));
    const mark = row.querySelector(".correct input");
    if (mark) mark.name = `choices-${index}-right`;
    mark?.setAttribute("aria-label", list.dataset.right.replace("{letter}", letter(index)));
    text.name = `choices-${index}-text`;
    text.id = row.querySelector(".letter").htmlFor = `id_choices-${index}-text`;
    const error = row.querySelector(".problem:not([data-of-picture])");
    if (error) text.setAttribute("aria-describedby", (error.id = `choice-${index}-error`));
  });
  form.elements["choices-TOTAL_FORMS"].value = rows().length;
  capLimit();
}

/** Nobody may pick more choices than there are. */
function capLimit() {
  const limit = form.elements.max_choices;
  const named = Math.max(2, rows().filter((row) => field(row).value.trim()).length);
  for (const option of limit?.options ?? []) option.hidden = Number(option.value) > Math.max(named, limit.value);
}

function emptied(row) {
  const copy = row.cloneNode(true);
  for (const input of copy.querySelectorAll("input:not([type=checkbox])")) input.value = "";
  for (const mark of copy.querySelectorAll(".correct input")) mark.checked = false;
  field(copy).removeAttribute("aria-invalid");
  field(copy).removeAttribute("autofocus");
  copy.querySelector(".problem:not([data-of-picture])")?.remove();
  withoutPicture(copy);
  copy.classList.remove("lifted");
  return copy;
}

/** There is always an empty row at the end, for the choice to come. */
function keepSpare() {
  const last = rows().at(-1);
  if (!fixed && field(last).value && rows().length < most) list.append(emptied(last));
  renumber();
}

function remove(row) {
  say("removed", placed(row));
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (next) row.remove();
  else row.replaceWith(emptied(row));
  keepSpare();
  field(next ?? rows()[0]).focus();
}

// Moving --------------------------------------------------------------------------------------------------------------

reorder(list, { say: (key, row) => say(key, placed(row)), moved: () => (renumber(), changed()), dropped: keepSpare });

list.addEventListener("keydown", (event) => {
  if (!event.target.matches(".text") || event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  const next = event.target.closest("[data-row]").nextElementSibling;
  if (next) field(next).focus();
});

list.addEventListener("click", (event) => {
  const cross = event.target.closest(".cross");
  if (!cross) return;
  event.preventDefault();
  remove(cross.closest("[data-row]"));
  changed();
});
list.addEventListener("input", keepSpare);
// Where voters pick one choice, one can be right: a mark takes the place of the other.
list.addEventListener("change", ({ target }) => {
  if (!target.matches(".correct input:checked") || Number(form.elements.max_choices.value) > 1) return;
  for (const mark of list.querySelectorAll(".correct input")) mark.checked = mark === target;
});
keepSpare();
takePictures(list, changed);

// Times ---------------------------------------------------------------------------------------------------------------

const zone = form.elements.zone;
const two = (number) => String(number).padStart(2, "0");

function local(utc) {
  const date = new Date(`${utc}Z`);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day}T${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}

/** The server has written the times in UTC; from here on they are in the browser's zone, and the form says so. */
function intoOwnZone() {
  const words = form.querySelector("[data-zone]");
  if (zone.value) return;
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  words.textContent = words.dataset.zone.replace("{zone}", zone.value);
  for (const input of form.querySelectorAll("input[type=datetime-local]")) {
    if (input.value) input.value = local(input.value);
  }
}

/** What holds, beside the heading of each group. */
function sayWhatHolds() {
  const options = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  for (const input of form.querySelectorAll("input[type=datetime-local]")) {
    const place = input.closest("details").querySelector("[data-value]");
    const when = input.value && new Date(input.value).toLocaleString(localeOf(), options);
    place.textContent = when || place.dataset.empty;
  }
  const minutes = form.elements.closes_after;
  const place = minutes.closest("details").querySelector("[data-value]");
  if (minutes.value && !form.elements.closes_at.value) {
    place.textContent = minutes.value === "1" ? place.dataset.one : place.dataset.many.replace("{minutes}", minutes.value);
  }
  const limits = form.querySelector("[data-limits]");
  const some = [...limits.querySelectorAll("input")].some((input) => input.value);
  const said = limits.querySelector("[data-value]");
  said.textContent = some ? said.dataset.some : said.dataset.empty;
  const open = form.querySelector("[data-later]");
  if (open) open.textContent = form.elements.opens_at?.value ? open.dataset.later : open.dataset.now;
}

function sayWhoMayVote() {
  const chosen = form.querySelector("[name=who_may_vote]:checked");
  if (!chosen) return;
  const { textContent } = chosen.closest(".radio").querySelector("[data-label]");
  chosen.closest("details").querySelector("[data-value]").textContent = textContent;
}

intoOwnZone();
for (const say of [sayWhatHolds, sayWhoMayVote]) {
  say();
  form.addEventListener("input", say);
}

// The whole form ------------------------------------------------------------------------------------------------------

const question = form.elements.question;
let dirty = false;

function changed() {
  dirty = true;
}

/** For browsers without `field-sizing`. */
function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  question.style.height = "auto";
  question.style.height = `${question.scrollHeight}px`;
}

question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  field(rows()[0]).focus();
});
question.addEventListener("input", grow);
addEventListener("resize", grow);
grow();

form.addEventListener("input", changed);
form.addEventListener("submit", () => {
  dirty = false;
  // Whoever has signed in again in another window has another token since.
  const token = document.cookie.split("; ").find((cookie) => cookie.startsWith(`${form.dataset.tokenCookie}=`))?.split("=")[1];
  if (token) form.elements.csrfmiddlewaretoken.value = token;
});
addEventListener("beforeunload", (event) => dirty && event.preventDefault());
