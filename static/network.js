// How pages ask our services. A network may answer in their place with whatever it likes (the sign-in page of a hotel, an
// error of a proxy): what is not surely ours counts as no answer. What a browser lacks counts as a network that fails.

/** Nobody has answered in time: what was sent may have arrived. */
export class Late extends Error {}

/** Something else than our service has answered: what was sent may have arrived. */
export class NotOurs extends Error {}

async function ask(url, within, options) {
  const controller = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    controller.abort();
  }, within);
  try {
    const answer = await fetch(url, { cache: "no-store", ...options, signal: controller.signal });
    return { answer, text: await answer.text() };
  } catch (error) {
    throw late ? new Late() : error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks for JSON: {status, body, etag, wait}, with `wait` in ms and no body where nothing has changed (304). Every JSON of
 * ours says its `status` or its `type`.
 */
export async function askJson(url, within, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  const { answer, text } = await ask(url, within, { ...options, headers });
  const etag = answer.headers.get("ETag");
  if (answer.status === 304) return { status: 304, etag };
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {} // no JSON at all
  if (typeof (body?.status ?? body?.type) !== "string") throw new NotOurs(answer.status);
  return { status: answer.status, body, etag, wait: Number(answer.headers.get("Retry-After") ?? 0) * 1000 };
}

/** Asks for a page, or for a part of one that has something of this selector: {status, isElsewhere, page}. */
export async function askPage(url, within, selector = "html[data-now]") {
  const { answer, text } = await ask(url, within, {});
  const page = new DOMParser().parseFromString(text, "text/html");
  if (!page.querySelector(`${selector}, html[data-now], input[name=csrfmiddlewaretoken]`)) throw new NotOurs(answer.status);
  return { status: answer.status, isElsewhere: answer.redirected, page };
}

/** A WebSocket, as safe as the page; null where the browser has none, or allows none to there. */
export function openSocket(address) {
  const url = new URL(address, location);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  try {
    return new WebSocket(url);
  } catch {
    return null;
  }
}
