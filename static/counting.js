// Counting ballots of every kind of poll, as docs/counting.md and docs/checking.md have it.

const WIDTHS = Array.from({ length: 15 }, (_, at) => [1, 2, 5][at % 3] * 10 ** Math.floor(at / 3));
const MOST_BARS = 20;
const POINTS = { "1-5": 5, "0-10": 11 };
const LEAST = { "1-5": 1, "0-10": 0 };

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** What counts the ballots of the poll that a file's head is of. */
export function counting(head) {
  const ids = head.choices.map(({ id }) => id);
  const kind = kindOf(head, ids);
  const right = [...head.right].sort((one, other) => one - other).join();
  const votes = new Map(ids.map((id) => [id, 0]));
  const answers = new Map();
  let [voters, rightVoters] = [0, 0];

  return {
    /** Count a ballot; "impossible", and nothing, where none can name these. */
    add(selections) {
      if (!kind.isPossible(selections)) return "impossible";
      voters += 1;
      for (const id of kind.votes(selections)) votes.set(id, votes.get(id) + 1);
      if ([...selections].sort((one, other) => one - other).join() === right) rightVoters += 1;
      const answer = selections.join();
      if (kind.more) answers.set(answer, (answers.get(answer) ?? 0) + 1);
      return "";
    },

    /** The numbers of the result: what the file says, and what its rows come to, as text where they are several. */
    numbers(rows) {
      const said = head.result;
      const found = [
        { name: "ballots", said: head.ballots, recounted: rows },
        { name: "voters", said: said.voters, recounted: voters },
        ...head.choices.map((choice, at) => ({ name: "votes", choice, said: said.votes[at], recounted: votes.get(choice.id) })),
      ];
      if (head.right.length) found.push({ name: "right", said: said.right_voters, recounted: rightVoters });
      const given = [...answers].map(([answer, ballots]) => [answer.split(",").map(Number), ballots]);
      for (const [name, value] of Object.entries(kind.more?.(given) ?? kind.ofVotes?.(votes) ?? {})) {
        const is = same(said.more[name], value) ? said.more[name] : value;
        found.push({ name, said: JSON.stringify(said.more[name]), recounted: JSON.stringify(is) });
      }
      return found;
    },
  };
}

/** Equal, but for how numbers that are no whole ones were rounded: a mean has two decimals. */
function same(said, recounted, name = "") {
  if (typeof said === "number" && typeof recounted === "number") {
    const most = name === "mean" ? 0.005 + 1e-9 : 1e-9 * Math.max(1, Math.abs(said));
    return Math.abs(said - recounted) <= most;
  }
  if (said === null || recounted === null || typeof said !== "object" || typeof recounted !== "object") return said === recounted;
  const names = Object.keys(recounted);
  return Object.keys(said).length === names.length && names.every((key) => same(said[key], recounted[key], key));
}

function kindOf(head, ids) {
  const known = new Set(ids);
  const isPossible = (selections) => selections.every((id) => known.has(id)) && new Set(selections).size === selections.length;
  const plain = { isPossible, votes: (selections) => selections };
  if (head.kind === "rank") return { isPossible, votes: ([first]) => [first], more: (answers) => runoff(ids, answers) };
  if (head.kind === "scale") return scale(head.details, ids, plain);
  if (head.kind === "estimate") return estimate(head.details);
  if (head.kind !== "open-list") return plain;
  const merged = head.details.merged ?? {};
  return { isPossible, votes: (selections) => new Set(selections.map((id) => merged[id] ?? id)) };
}

// Scales -------------------------------------------------------------------------------------------------------------

function scale({ scale: name = "1-5" }, ids, plain) {
  const size = POINTS[name];
  const ordered = [...ids].sort((one, other) => one - other);
  const statementOf = new Map(ordered.map((id, place) => [id, Math.floor(place / size)]));
  const isOnce = (selections) => new Set(selections.map((id) => statementOf.get(id))).size === selections.length;
  return {
    ...plain,
    isPossible: (selections) => plain.isPossible(selections) && isOnce(selections),
    ofVotes: (votes) => ({ statements: groups(ids.map((id) => votes.get(id)), size).map((some) => rating(some, LEAST[name])) }),
  };
}

const groups = (items, size) => Array.from({ length: items.length / size }, (_, place) => items.slice(size * place, size * (place + 1)));

function rating(votes, least) {
  const voters = sum(votes);
  if (!voters) return { voters, mean: null, median: null, votes };
  const mean = sum(votes.map((count, place) => count * (least + place))) / voters;
  return { voters, mean, median: median(votes.map((count, place) => [least + place, count])), votes };
}

/** The median of values in ascending order, each given so often: between two it is half-way. */
function median(values) {
  const all = sum(values.map(([, count]) => count));
  const at = (rank) => {
    let before = 0;
    return values.find(([, count]) => (before += count) >= rank)[0];
  };
  return (at(Math.floor((all + 1) / 2)) + at(Math.floor(all / 2) + 1)) / 2;
}

// Estimates ----------------------------------------------------------------------------------------------------------

function estimate({ least = "0", most = "100", step = "1" }) {
  const [low, width] = [Number(least), Number(step)];
  const steps = Math.round((Number(most) - low) / width);
  const value = (number) => low + number * width;
  return {
    isPossible: (selections) => selections.length === 1 && selections[0] >= 0 && selections[0] <= steps,
    votes: () => [],
    more(answers) {
      const given = answers.map(([[number], ballots]) => [number, ballots]).sort(([one], [other]) => one - other);
      if (!given.length) return { median: null, bars: [] };
      return { median: value(median(given)), bars: bars(given, steps, value) };
    },
  };
}

function bars(given, steps, value) {
  const [least, most] = [given[0][0], given.at(-1)[0]];
  const width = WIDTHS.find((each) => Math.floor(most / each) - Math.floor(least / each) < MOST_BARS);
  const [first, last] = [Math.floor(least / width), Math.floor(most / width)];
  const votes = Array(last - first + 1).fill(0);
  for (const [number, ballots] of given) votes[Math.floor(number / width) - first] += ballots;
  return votes.map((count, at) => {
    const start = (first + at) * width;
    return { from: value(start), to: value(Math.min(start + width - 1, steps)), votes: count };
  });
}

// Rankings, by instant runoff (docs/counting.md) ---------------------------------------------------------------------

function runoff(ids, answers) {
  const points = ids.map((id) => sum(answers.map(([ranking, ballots]) => (ranking.includes(id) ? ballots * (ids.length - 1 - ranking.indexOf(id)) : 0))));
  const [rounds, standing] = [[], new Set(ids)];
  let leaders = [];
  while (answers.length && !leaders.length) {
    const held = answers.map(([ranking]) => ranking.find((id) => standing.has(id)) ?? null);
    const votes = new Map(ids.map((id) => [id, standing.has(id) ? 0 : null]));
    answers.forEach(([, ballots], at) => held[at] !== null && votes.set(held[at], votes.get(held[at]) + ballots));
    const counted = [...standing].map((id) => votes.get(id));
    const most = Math.max(...counted);
    const round = { votes: ids.map((id) => votes.get(id)), exhausted: sum(answers.map(([, ballots], at) => (held[at] === null ? ballots : 0))), out: [], moves: [] };
    if (!most) break;
    rounds.push(round);
    const last = fewest(ids, rounds, standing);
    if (2 * most > sum(counted)) leaders = ids.filter((id) => votes.get(id) === most);
    else if (last.length === standing.size) leaders = last;
    else {
      last.forEach((id) => standing.delete(id));
      round.out = last;
      round.moves = moves(answers, held, last, standing);
    }
  }
  return { rounds, points, leaders };
}

/** Those with the fewest votes, and of these those with the fewest in the latest round in which they differ. */
function fewest(ids, rounds, standing) {
  let last = ids.filter((id) => standing.has(id));
  for (const { votes } of [...rounds].reverse()) {
    const has = (id) => votes[ids.indexOf(id)];
    const least = Math.min(...last.map(has));
    last = last.filter((id) => has(id) === least);
  }
  return last;
}

/** From where to where how many ballots go, in the order of the ids. */
function moves(answers, held, out, standing) {
  const moved = new Map();
  answers.forEach(([ranking, ballots], at) => {
    if (!out.includes(held[at])) return;
    const way = JSON.stringify([held[at], ranking.find((id) => standing.has(id)) ?? null]);
    moved.set(way, (moved.get(way) ?? 0) + ballots);
  });
  const ways = [...moved].map(([way, ballots]) => [...JSON.parse(way), ballots]);
  return ways.sort(([one, to], [other, its]) => one - other || (to ?? 0) - (its ?? 0));
}
