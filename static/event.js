// A poll in an event: whether its page has to go to the poll that the host has put on since.

import { askJson } from "./network.js";

const ANSWER_TIMEOUT = 5_000; // ms
const AGAIN = 1_000; // ms until a service that does not answer is asked again

/** The strip of the event on this page; null on the page of a poll that stands in none. */
export const stripOf = (page) => page.querySelector(".event-strip");

/** The version of the agenda that led here, by #follow=N; undefined for whoever came by another way. */
function ledBy() {
  const found = /^#follow=(\d+)$/.exec(location.hash);
  return found ? Number(found[1]) : undefined;
}

/**
 * Where the audience is by now: the slug of a poll, or "" between two and for a list; null to stay here. Whoever was led here goes on
 * with any agenda that is as new as the one that led them; whoever came to look at this poll stays until the host goes on.
 */
export function movedTo(strip, event) {
  if (!strip || !event || event.slug !== strip.dataset.event) return null;
  const since = ledBy() ?? Number(strip.dataset.version) + 1;
  // Where people go as they like from now on, they see the list once, and then stay where they are.
  if (event.self_paced) return event.version < since || "selfPaced" in strip.dataset ? null : "";
  return event.version < since || event.on === strip.dataset.poll ? null : (event.on ?? "");
}

/** The address of the same kind of page for the poll, which says what led there. */
export const addressOf = ({ dataset }, slug, { version }) =>
  slug ? `${dataset.there.replace("/_/", `/${slug}/`)}#follow=${version}` : dataset.between;

/**
 * Returns the function that takes the news of the event, and whatever else may have changed: it goes along with the
 * audience, but not while isBusy(). Then, and in no other case, ask(address) has an address. `spread` is in ms.
 */
export function goAlong(strip, { isBusy = () => false, ask = () => {}, spread = () => 0 } = {}) {
  let leaving;

  async function leave(event, address) {
    // The browser's own page of a service that is away would go along with nobody.
    const answers = await askJson(strip.dataset.told, ANSWER_TIMEOUT).then(({ status }) => status === 200, () => false);
    if (leaving && answers) return location.replace(address);
    if (leaving) leaving = setTimeout(() => leave(event, address), AGAIN);
  }

  return (event) => {
    const moved = movedTo(strip, event);
    // Between two polls a page without an address for that stays at what was.
    const address = moved === null ? "" : addressOf(strip, moved, event);
    const waits = Boolean(address) && isBusy();
    ask(waits ? address : "");
    if (address && !waits) leaving ??= setTimeout(() => leave(event, address), spread() * Math.random());
    else leaving = clearTimeout(leaving);
  };
}

// On the vote page: for vote.js, which runs afterwards.
const main = document.querySelector("main");
const strip = stripOf(main);
if (main.querySelector("form.ballot")) Object.assign(main, { strip, goAlong: (options) => goAlong(strip, options) });
