// Says to screen readers what Django's admin shows and does not say: the names of what scripts draw beside a field.
// Sets times in the reader's own zone.

import { inOwnZone } from "./clock.js";

const LIST = ".select2-results__options";

/** What stands before a field, with an id to be named by. */
function labelOf(field) {
  const label = field.closest(".flex-container, .poll-filter")?.querySelector("label");
  if (label) label.id ||= `${field.id}-label`;
  return label;
}

/** A field that finds rows: the button in its place, what is chosen, and what is typed. */
function nameFinder(field) {
  const label = labelOf(field);
  const drawn = field.nextElementSibling;
  if (!label || !drawn?.matches(".select2")) return;
  const button = drawn.querySelector(".select2-selection");
  const chosen = drawn.querySelector(".select2-selection__rendered");
  button.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
  chosen.setAttribute("aria-labelledby", label.id);
  drawn.querySelector("input")?.setAttribute("aria-labelledby", label.id);
  django.jQuery(field).on("select2:open", () => {
    button.setAttribute("aria-controls", button.getAttribute("aria-owns"));
    for (const part of document.querySelectorAll(`.select2-dropdown input, ${LIST}`)) {
      part.setAttribute("aria-labelledby", label.id);
    }
  });
}

function nameAll() {
  document.querySelectorAll(".admin-autocomplete").forEach(nameFinder);
  for (const pair of document.querySelectorAll("p.datetime")) {
    pair.setAttribute("role", "group");
    pair.setAttribute("aria-label", pair.closest(".flex-container")?.querySelector("label").textContent ?? "");
  }
  for (const help of document.querySelectorAll(".help-tooltip[aria-label]")) help.setAttribute("role", "img");
  const search = document.getElementById("searchbar");
  search?.setAttribute("aria-label", search.form.querySelector("[type=submit]").value);
  // Django's own lists name it, those of the jobs don't.
  const { selectAll } = document.querySelector("script[data-select-all]").dataset;
  document.querySelector("#action-toggle:not([aria-label])")?.setAttribute("aria-label", selectAll);
}

// Times that stand alone in a cell; what is typed into a form stays as the server reads it.
for (const cell of document.querySelectorAll("#content :is(td, th, .readonly, .timestamp)")) {
  if (!cell.children.length) cell.textContent = inOwnZone(cell.textContent);
}

// Django's own scripts draw as late as this, and those with jQuery later still, in the order in which they asked.
addEventListener("load", () => (globalThis.django?.jQuery ? django.jQuery(nameAll) : nameAll()));
