// The polls of an event, put into another order in place. Without it the form's own buttons do the same.

import { askJson, askPage } from "./network.js";
import { reorder } from "./reorder.js";

const ANSWER_TIMEOUT = 10_000; // ms

const list = document.querySelector(".running-order");
const form = document.getElementById("order");
const announce = document.querySelector("[data-announce]");
const rows = () => [...list.children];

const named = (row) => row.querySelector(".name").textContent.trim();

function say(key, row) {
  const gaps = { choice: named(row), place: rows().indexOf(row) + 1, count: rows().length };
  announce.textContent = list.dataset[key].replace(/\{(\w+)\}/g, (_, gap) => gaps[gap]);
}

function renumber() {
  rows().forEach((row, index) => (row.querySelector(".number").textContent = index + 1));
}

/** Saves the order; the buttons that say what comes before and after are then taken from a new page. */
async function save() {
  const body = new URLSearchParams([["csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value]]);
  for (const row of rows()) body.append("poll", row.dataset.row);
  try {
    const { status, body: said } = await askJson(form.action, ANSWER_TIMEOUT, { method: "POST", body });
    if (status !== 200) return fail(said.detail);
    const { page } = await askPage(location.pathname, ANSWER_TIMEOUT, ".steps");
    document.querySelector(".steps").replaceWith(document.adoptNode(page.querySelector(".steps")));
  } catch {
    fail(list.dataset.failed);
  }
}

function fail(words) {
  announce.textContent = words;
  announce.className = "problem";
}

if (list) reorder(list, { say, moved: renumber, dropped: (row, hasMoved) => hasMoved && save() });
