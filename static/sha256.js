// SHA-256 (FIPS 180-4), for bytes that come bit by bit. The browser's own takes them at once only, and not on pages
// without HTTPS, which a room on its own network has.

const primes = [];
for (let number = 2; primes.length < 64; number += 1) if (primes.every((prime) => number % prime)) primes.push(number);
const fraction = (root) => Math.floor((root - Math.floor(root)) * 2 ** 32);
const CONSTANTS = Uint32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const FIRST = Uint32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

const words = new Uint32Array(64);
const turned = (word, bits) => (word >>> bits) | (word << (32 - bits));

function take(state, bytes, start) {
  for (let at = 0; at < 16; at += 1) {
    const from = start + 4 * at;
    words[at] = (bytes[from] << 24) | (bytes[from + 1] << 16) | (bytes[from + 2] << 8) | bytes[from + 3];
  }
  for (let at = 16; at < 64; at += 1) {
    const [far, near] = [words[at - 15], words[at - 2]];
    const one = turned(far, 7) ^ turned(far, 18) ^ (far >>> 3);
    const two = turned(near, 17) ^ turned(near, 19) ^ (near >>> 10);
    words[at] = words[at - 16] + one + words[at - 7] + two;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let at = 0; at < 64; at += 1) {
    const chosen = (e & f) ^ (~e & g);
    const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + chosen + CONSTANTS[at] + words[at]) | 0;
    const most = (a & b) ^ (a & c) ^ (b & c);
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + most) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, at) => { state[at] += word; });
}

export class Sha256 {
  constructor() {
    [this.state, this.block] = [FIRST.slice(), new Uint8Array(64)];
    [this.filled, this.length] = [0, 0];
  }

  /** Take more bytes. */
  add(bytes) {
    this.length += bytes.length;
    for (let start = 0; start < bytes.length;) {
      const more = Math.min(64 - this.filled, bytes.length - start);
      this.block.set(bytes.subarray(start, start + more), this.filled);
      this.filled += more;
      start += more;
      if (this.filled === 64) this.full();
    }
    return this;
  }

  full() {
    take(this.state, this.block, 0);
    this.filled = 0;
  }

  /** The eight words of the hash; nothing can be added afterwards. */
  words() {
    const length = this.length;
    this.add(Uint8Array.of(0x80));
    if (this.filled > 56) {
      this.block.fill(0, this.filled);
      this.full();
    }
    this.block.fill(0, this.filled);
    const end = new DataView(this.block.buffer);
    end.setUint32(56, Math.floor(length / 2 ** 29));
    end.setUint32(60, (length * 8) >>> 0);
    this.full();
    return this.state;
  }

  hex() {
    return Array.from(this.words(), (word) => word.toString(16).padStart(8, "0")).join("");
  }
}
