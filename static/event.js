// A poll in an event: whether its page has to go to the poll that the host has put on since.

/** The strip of the event on this page; null on the page of a poll that stands in none. */
export const stripOf = (page) => page.querySelector(".event-strip");

/** The version of the agenda that led here, by #follow=N; undefined for whoever came by another way. */
function ledBy() {
  const found = /^#follow=(\d+)$/.exec(location.hash);
  return found ? Number(found[1]) : undefined;
}

/**
 * Where the audience is by now: the slug of a poll, or "" between two; null to stay here. Whoever was led here goes on
 * with any agenda that is as new as the one that led them; whoever came to look at this poll stays until the host goes on.
 */
export function movedTo(strip, event) {
  if (!strip || !event || event.self_paced || event.slug !== strip.dataset.event) return null;
  const since = ledBy() ?? Number(strip.dataset.version) + 1;
  return event.version < since || event.on === strip.dataset.poll ? null : (event.on ?? "");
}

/** The address of the same kind of page for the poll, which says what led there. */
export const addressOf = ({ dataset }, slug, { version }) =>
  slug ? `${dataset.there.replace("/_/", `/${slug}/`)}#follow=${version}` : dataset.between;
