// In a live drill each phone tells the projector what has become of its own receipt. Other vote pages don't load this.

import { askJson } from "./network.js";
import { jitter } from "./snapshot.js";

const WITHIN = 5_000; // ms
const SPREAD = 1_000; // ms over which a room spreads its reports
const FIRST_WAIT = 1_000; // ms
const LONGEST_WAIT = 10_000; // ms

let news = ""; // what was found out last

/** Report that this receipt was found `counted` or `missing`, once, and until somebody has heard it. */
export function report(address, form, { receipt, code }, found) {
  if (news === `${code} ${found}`) return;
  news = `${code} ${found}`;
  setTimeout(send, SPREAD * Math.random(), address, form, { receipt, found }, news);
}

async function send(address, form, fields, mine, attempt = 0) {
  if (mine !== news) return;
  const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
  const { status, wait = 0 } = await askJson(address, WITHIN, { method: "POST", body }).catch(() => ({ status: 0 }));
  if (status && status !== 429 && status < 500) return;
  const longer = jitter(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt));
  setTimeout(send, Math.max(wait, longer), address, form, fields, mine, attempt + 1);
}
