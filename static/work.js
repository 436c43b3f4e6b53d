// A worker: does the work that a poll asks for before it takes the vote of a browser (polls/voting/work.py).
//
// It has a SHA-256 of its own: crypto.subtle is missing where a page comes without TLS, as on a local network, and is
// slower for so short texts.

const [FIRST, ROUNDS] = constants();
const words = new Int32Array(64);

/** The first 32 bits of the fractional parts of the square roots of 8 primes, and of the cube roots of 64 (FIPS 180-4). */
function constants() {
  const primes = [];
  for (let number = 2; primes.length < 64; number += 1) {
    if (primes.every((prime) => number % prime)) primes.push(number);
  }
  const fraction = (root) => ((root % 1) * 2 ** 32) | 0;
  return [Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))), Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))];
}

const turned = (word, by) => (word >>> by) | (word << (32 - by));

/** Takes the block of 64 bytes at `from` into the state. */
function compress(state, view, from) {
  for (let at = 0; at < 16; at += 1) words[at] = view.getInt32(from + 4 * at);
  for (let at = 16; at < 64; at += 1) {
    const early = words[at - 15];
    const late = words[at - 2];
    const first = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const second = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words[at] = words[at - 16] + first + words[at - 7] + second;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let at = 0; at < 64; at += 1) {
    const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[at] + words[at]) | 0;
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/** The bytes with their padding, whole blocks. */
function padded(bytes) {
  const blocks = new Uint8Array(64 * Math.ceil((bytes.length + 9) / 64));
  blocks.set(bytes);
  blocks[bytes.length] = 0x80;
  const view = new DataView(blocks.buffer);
  view.setUint32(blocks.length - 4, 8 * bytes.length);
  return view;
}

function sha256(bytes) {
  const view = padded(bytes);
  const state = FIRST.slice();
  for (let from = 0; from < view.byteLength; from += 64) compress(state, view, from);
  const hashed = new DataView(new ArrayBuffer(32));
  state.forEach((word, at) => hashed.setInt32(4 * at, word));
  return new Uint8Array(hashed.buffer);
}

/** The first number whose hash, behind the seed and the number of the piece, begins with so many zero bits. */
function solve(seed, piece, bits) {
  const view = padded(Uint8Array.of(...seed, piece, 0, 0, 0, 0));
  const state = new Int32Array(8);
  for (let number = 0; ; number += 1) {
    view.setUint32(seed.length + 1, number);
    state.set(FIRST);
    compress(state, view, 0);
    if (state[0] >>> (32 - bits) === 0) return number;
  }
}

addEventListener("message", ({ data: { challenge, bits, pieces } }) => {
  const seed = sha256(new TextEncoder().encode(challenge));
  const found = [];
  while (found.length < pieces) {
    found.push(solve(seed, found.length, bits));
    postMessage({ done: found.length });
  }
  postMessage({ answer: [challenge, ...found].join(" ") });
});
