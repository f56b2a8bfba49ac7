// A second implementation of the allocation list, written from the description alone: another
// language, SHA-256 by hand, nothing imported and nothing shared with the program under test.
//
// Reads from standard input an array of {seed, purpose, design}, the design as a list's file holds
// it, and writes for each list its id, header hash, root, SHA-256 of the file, and the file's length.

// --- SHA-256 (FIPS 180-4), words as unsigned 32-bit integers; constants from their definition ------

const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n += 1) if (PRIMES.every((p) => n % p)) PRIMES.push(n);

/** First 32 bits of the fraction of the root of n, by whole numbers only. */
function fractionOfRoot(n, degree) {
  const wanted = BigInt(n) << BigInt(32 * degree);
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** BigInt(degree) <= wanted) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn);
}

const ROUND = PRIMES.map((p) => fractionOfRoot(p, 3));
const START = PRIMES.slice(0, 8).map((p) => fractionOfRoot(p, 2));
const turn = (x, n) => (x >>> n) | (x << (32 - n));

function sha256(message) {
  const length = message.length;
  const padded = [...message, 0x80];
  while (padded.length % 64 !== 56) padded.push(0);
  for (let i = 7; i >= 0; i -= 1) padded.push(Math.floor((length * 8) / 256 ** i) % 256);
  let state = START;
  const w = new Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let t = 0; t < 64; t += 1) {
      if (t < 16) {
        const i = at + 4 * t;
        w[t] = (padded[i] << 24) | (padded[i + 1] << 16) | (padded[i + 2] << 8) | padded[i + 3];
      } else {
        const a = w[t - 15];
        const b = w[t - 2];
        const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
        const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
        w[t] = (w[t - 16] + s0 + w[t - 7] + s1) | 0;
      }
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t += 1) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[t] + w[t]) | 0;
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    state = [a, b, c, d, e, f, g, h].map((x, i) => (x + state[i]) | 0);
  }
  return state.flatMap((x) => [x >>> 24, (x >>> 16) & 255, (x >>> 8) & 255, x & 255]);
}

const utf8 = (text) => [...new TextEncoder().encode(text)];
const hex = (bytes) => bytes.map((b) => b.toString(16).padStart(2, "0")).join("");
const unhex = (text) => text.match(/../g).map((pair) => parseInt(pair, 16));

// --- HMAC_DRBG (SP 800-90A, 10.1.2), as an endless sequence of bytes ------------------------------

function hmac(key, message) {
  const filled = [...key, ...new Array(64 - key.length).fill(0)];
  const inner = sha256([...filled.map((b) => b ^ 0x36), ...message]);
  return sha256([...filled.map((b) => b ^ 0x5c), ...inner]);
}

function* stream(seed, label) {
  const given = [...unhex(seed), ...utf8(`edc-randomization/1|${label}`)];
  let key = new Array(32).fill(0);
  let value = new Array(32).fill(1);
  for (const mark of [0, 1]) {
    key = hmac(key, [...value, mark, ...given]);
    value = hmac(key, value);
  }
  for (;;) {
    value = hmac(key, value);
    yield* value;
    key = hmac(key, [...value, 0]);
    value = hmac(key, value);
  }
}

const take = (bytes, count) => Array.from({ length: count }, () => bytes.next().value);

/** A whole number from 0 to limit - 1: the lowest bits of as many bytes as they need, or again. */
function below(bytes, limit) {
  const bits = limit === 1 ? 0 : (limit - 1).toString(2).length;
  for (;;) {
    const drawn = take(bytes, Math.ceil(bits / 8)).reduce((sum, b) => sum * 256n + BigInt(b), 0n);
    const number = Number(drawn % 2n ** BigInt(bits));
    if (number < limit) return number;
  }
}

// --- the list --------------------------------------------------------------------------------------

/** JSON with sorted keys and no blanks. */
function json(value) {
  if (Array.isArray(value)) return `[${value.map(json).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const parts = Object.keys(value).sort();
  return `{${parts.map((name) => `${json(name)}:${json(value[name])}`).join(",")}}`;
}

const leaf = (...values) => hex(sha256([0, ...utf8(json(values))]));

/** The root as RFC 6962 defines it: split at the largest power of two below the number of leaves. */
function rootOf(leaves) {
  if (leaves.length === 1) return leaves[0];
  let middle = 1;
  while (middle * 2 < leaves.length) middle *= 2;
  const halves = [leaves.slice(0, middle), leaves.slice(middle)].map(rootOf);
  return hex(sha256([1, ...halves.flatMap(unhex)]));
}

function strataOf(factors) {
  let keys = [[]];
  for (const { levels } of factors) keys = keys.flatMap((k) => levels.map((level) => [...k, level]));
  return factors.length === 0 ? ["ALL"] : keys.map((k) => k.join("/"));
}

function blocksOf(design, bytes) {
  const blocks = [];
  let missing = design.slots_per_stratum;
  while (missing > 0) {
    const size = design.block_sizes[below(bytes, design.block_sizes.length)];
    const repeats = size / design.ratio.reduce((sum, share) => sum + share);
    const block = design.arms.flatMap((arm, i) => new Array(design.ratio[i] * repeats).fill(arm));
    for (let last = block.length - 1; last > 0; last -= 1) {
      const other = below(bytes, last + 1);
      [block[last], block[other]] = [block[other], block[last]];
    }
    blocks.push(block.slice(0, missing));
    missing -= block.length;
  }
  return blocks;
}

function listOf({ seed, purpose, design }) {
  const open = (label) => stream(seed, `${purpose}|${label}`);
  const algorithm = "HMAC_DRBG-SHA-256/1";
  const format = "edc-allocation-list/1";
  const fingerprint = hex(sha256(utf8(json(design))));
  const listId = hex(take(open(`list-id|${fingerprint}`), 8));
  const headerSalt = hex(take(open("salts|header"), 32));
  const sizes = [];
  const slots = [];
  for (const stratum of strataOf(design.factors)) {
    const salts = open(`salts|${stratum}`);
    const blocks = blocksOf(design, open(`stratum|${stratum}`));
    sizes.push([stratum, blocks.map((block) => block.length)]);
    let sequence = 0;
    blocks.forEach((arms, index) =>
      arms.forEach((arm, place) => {
        sequence += 1;
        const salt = hex(take(salts, 32));
        slots.push({ stratum, sequence, block: index + 1, position: place + 1, arm, salt });
      }),
    );
  }
  const header = leaf("header", format, algorithm, listId, purpose, design, sizes, headerSalt);
  const used = slots.map((s) => leaf("slot", listId, s.stratum, s.sequence, s.arm, s.salt));
  const root = rootOf([header, ...used]);
  const head = json({
    algorithm, design, format, header_salt: headerSalt, list_id: listId, purpose, root,
  });
  const file = utf8(`${head.slice(0, -1)},\n"slots":[\n${slots.map(json).join(",\n")}\n]}\n`);
  return {
    list_id: listId, header_hash: header, root, sha256: hex(sha256(file)), bytes: file.length,
  };
}

let sent = "";
for await (const chunk of process.stdin) sent += chunk;
for (const job of JSON.parse(sent)) process.stdout.write(`${json(listOf(job))}\n`);
