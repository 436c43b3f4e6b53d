// The recount of a file of ballots, as polls/recount/verify.py does it on the command line: the rows against their head,
// and the result counted anew. It shares no code with the site's own count.

import { counting } from "./counting.js";
import { Sha256 } from "./sha256.js";

const FORMAT = "votingsite ballots";
const VERSION = 1;
const CELLS = 64; // of each of three tables
const MOST_NAMED = 1000;
const BUSY_FOR = 20; // ms of work before the page has its turn
const BASE_32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const WORD = 0xffffffffn;

export class NoBallotsError extends Error {}

/**
 * Recount the file that comes as a stream of bytes. `published` is the commitment that its first line must have, `tell`
 * is called with the number of rows so far and of all. Throws NoBallotsError for a file that is no list of ballots.
 */
export async function recount(stream, published, tell) {
  const decoder = new TextDecoder("utf-8", { fatal: false });
  const [all, sums] = [new Sha256(), Array(3 * CELLS).fill(0n)];
  const found = { rows: 0, faults: [], tooMany: false };
  let head, count, last = -1, since = performance.now();
  for await (const bytes of linesOf(stream)) {
    const line = bytes.at(-1) === 10 ? bytes.subarray(0, -1) : bytes;
    const text = decoder.decode(line);
    if (!head) {
      head = readHead(text);
      count = counting(head);
      found.commitment = new Sha256().add(line).hex();
      continue;
    }
    all.add(bytes);
    found.rows += 1;
    const row = readRow(text);
    if (row) {
      addTo(sums, keyOf(row.receipt, line));
      const what = count.add(row.selections) || (row.receipt < last ? "misplaced" : "");
      if (what) note(found, what, row.code, found.rows + 1);
      last = Math.max(last, row.receipt);
    } else note(found, "unreadable", "", found.rows + 1);
    if (performance.now() - since > BUSY_FOR) {
      tell(found.rows, head.ballots);
      await new Promise((resolve) => setTimeout(resolve));
      since = performance.now();
    }
  }
  if (!head) throw new NoBallotsError();
  const hold = all.hex() === head.rows_sha256;
  if (!hold) name(found, head, sums);
  const numbers = count.numbers(found.rows);
  const differ = numbers.filter(({ said, recounted }) => said !== recounted);
  const isPublished = !published || found.commitment === published;
  return { ...found, head, isPublished, numbers, agrees: hold && isPublished && !found.faults.length && !differ.length };
}

async function* linesOf(stream) {
  const reader = stream.getReader();
  let rest = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const bytes = new Uint8Array(rest.length + value.length);
    bytes.set(rest);
    bytes.set(value, rest.length);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      yield bytes.subarray(start, end + 1);
      start = end + 1;
    }
    rest = bytes.slice(start);
  }
  if (rest.length) yield rest;
}

function readHead(text) {
  let head;
  try {
    head = JSON.parse(text);
  } catch {
    throw new NoBallotsError();
  }
  const isComplete = head?.format === FORMAT && head.version === VERSION && head.sketch?.length === 3 * CELLS && head.result;
  if (!isComplete) throw new NoBallotsError();
  return head;
}

function readRow(text) {
  try {
    const [code, selections] = JSON.parse(text);
    const isRow = /^[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}$/.test(code) && selections.length && selections.every(Number.isInteger);
    return isRow ? { code, selections, receipt: numberOf(code) } : null;
  } catch {
    return null;
  }
}

const numberOf = (code) => [...code.replace("-", "")].reduce((number, letter) => number * 32 + BASE_32.indexOf(letter), 0);
const codeOf = (number) => {
  const letters = Array.from({ length: 6 }, (_, place) => BASE_32[(number >>> (25 - 5 * place)) & 31]).join("");
  return `${letters.slice(0, 3)}-${letters.slice(3)}`;
};

function note(found, what, receipt, line) {
  if (found.faults.length < MOST_NAMED) found.faults.push({ what, receipt, line });
}

// The sketch (polls/recount/sketch.py) -------------------------------------------------------------------------------

const checkOf = (receipt, digest) => (((digest >> 32n) * ((digest ^ receipt) & WORD)) >> 16n) & WORD;

function keyOf(receipt, line) {
  const [high, low] = new Sha256().add(line).words();
  const [number, digest] = [BigInt(receipt), (BigInt(high) << 32n) | BigInt(low)];
  return (1n << 128n) | (checkOf(number, digest) << 96n) | (number << 64n) | digest;
}

function cellsOf(key) {
  const [low, high] = [Number(key & WORD), Number((key >> 32n) & WORD)];
  return [low % CELLS, CELLS + ((low >>> 16) % CELLS), 2 * CELLS + (high % CELLS)];
}

function addTo(sums, key) {
  for (const cell of cellsOf(key)) sums[cell] += key;
}

function isOne(key) {
  const [receipt, digest] = [(key >> 64n) & WORD, key & 0xffffffffffffffffn];
  return key >> 128n === 1n && ((key >> 96n) & WORD) === checkOf(receipt, digest);
}

/** Name the rows by which the file differs from the list that its head is of. */
function name(found, head, sums) {
  const left = sums.map((sum, cell) => sum - BigInt(`0x${head.sketch[cell]}`));
  const waiting = left.map((_, cell) => cell);
  const [here, gone] = [[], []];
  while (waiting.length && here.length + gone.length <= 3 * CELLS) {
    const cell = waiting.pop();
    const value = left[cell];
    const key = value < 0n ? -value : value;
    if (!isOne(key) || !cellsOf(key).includes(cell)) continue;
    (value > 0n ? here : gone).push(codeOf(Number((key >> 64n) & WORD)));
    for (const place of cellsOf(key)) {
      left[place] -= value;
      waiting.push(place);
    }
  }
  found.tooMany = left.some((value) => value !== 0n);
  if (found.tooMany) return;
  for (const code of here) note(found, gone.includes(code) ? "changed" : "added", code);
  for (const code of gone) if (!here.includes(code)) note(found, "dropped", code);
}
