// Limits of a poll on its vote page: a vote that has to wait, or whose browser has to work first, is kept and sent again.

const main = document.querySelector("main");
const note = main.querySelector(".limits");
const bar = note.querySelector("progress");

const SPREAD = 2_000; // ms over which the pages of a network come back
const MOST = 4; // works that one vote does: whose network changes each time is told why it is refused

let stage = "";
let answer = ""; // of the last work, good for all votes of this page for some minutes
let ready = null; // what the votes of this page wait for

function turn(newer) {
  stage = newer;
  note.hidden = !stage;
  for (const words of note.querySelectorAll("[data-while]")) words.hidden = words.dataset.while !== stage;
}

/** Waits as long as the server wishes, and a little longer. */
const wait = (ms) => new Promise((done) => setTimeout(done, ms + SPREAD * Math.random()));

/** Lets a worker do the work. */
function work({ challenge, bits, pieces }) {
  bar.max = pieces;
  bar.value = 0;
  let worker;
  return new Promise((done, fail) => {
    worker = new Worker(note.dataset.worker);
    worker.onmessage = ({ data }) => {
      if (data.answer) done(data.answer);
      else bar.value = data.done;
    };
    worker.onerror = fail;
    worker.postMessage({ challenge, bits, pieces });
  }).finally(() => worker?.terminate());
}

async function pass({ status, work: asked }, ms) {
  turn(status);
  try {
    if (status === "slowed") answer = await work(asked);
    else await wait(ms);
  } finally {
    ready = null;
    turn("");
  }
}

// For vote.js, which runs afterwards.
main.limits = {
  /** What a vote waits for after this answer: `crowded` or `slowed`; empty for nothing. */
  stage: () => stage,
  fields: () => (answer ? [["work", answer]] : []),
  /** A promise of when to send it again, which fails where it can't be; null where the answer says nothing of limits. */
  hold(sending, { status, body, wait: ms = 0 }) {
    if (status !== 429 || !["crowded", "slowed"].includes(body.status)) return null;
    if (body.status === "slowed") sending.works = (sending.works ?? 0) + 1;
    if (sending.works > MOST) return Promise.reject(new Error("no work is enough"));
    ready ??= pass(body, ms);
    return ready;
  },
};
