// The entries of an open list on its host's page. They come while it is open, and new ones at the end: no button moves away from under a
// finger. What the host has ticked, and where the focus is, stays as it is; the server's order comes with the next page.

import { askPage } from "./network.js";
import { counted } from "./snapshot.js";

const PATIENCE = 5_000; // ms for one answer
const PACE = 1_000; // ms between two questions

/** Returns what takes each snapshot and keeps this form up to date; it does nothing without one. */
export function entriesIn(form) {
  let known, newest, asking;
  const idOf = (row) => row.querySelector("[name=entry]").value;
  const rows = (place = form) => [...place.querySelectorAll("ol > li")];
  const isInUse = (part) => part.contains(document.activeElement) || part.querySelector(":checked") !== null;

  function take(fresh) {
    const present = new Map(rows().map((row) => [idOf(row), row]));
    const added = rows(fresh).filter((row) => !present.has(idOf(row)));
    for (const row of rows(fresh)) {
      const old = present.get(idOf(row));
      present.delete(idOf(row));
      if (old && !isInUse(old)) old.replaceWith(row);
    }
    // On one page of several, an entry that is not there may stand on another.
    if (!fresh.querySelector(".pages")) for (const row of present.values()) if (!isInUse(row)) row.remove();
    form.querySelector("ol").append(...added);
    form.querySelector(".none").hidden = rows().length > 0;
    const after = form.querySelector(".after");
    if (!isInUse(after)) after.replaceWith(fresh.querySelector(".after"));
    const news = form.querySelector("[data-news]");
    if (added.length) news.textContent = counted(news, added.length);
  }

  async function look() {
    const wanted = newest;
    asking = true;
    try {
      const { page } = await askPage(location.href, PATIENCE, "form.entries");
      take(document.adoptNode(page.querySelector("form.entries")));
      known = wanted;
    } catch {} // asked again
    setTimeout(() => {
      asking = false;
      if (known !== newest) look();
    }, PACE);
  }

  if (!form) return () => {};
  return ({ choices, entries }) => {
    const shown = choices.map(({ id, answered }) => `${id}${answered ? "!" : ""}`);
    newest = `${entries.written}: ${shown.sort()}`;
    if (known !== newest && !asking) look();
  };
}
