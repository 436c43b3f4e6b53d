// What a snapshot comes to, in the page's own words (SENTENCES of polls/results/chart.py).

import { valueText } from "./estimates.js";
import { meanText, medianText } from "./ratings.js";
import { NAMES_IN_A_TIE, answered, sentence } from "./sentence.js";
import { spaced } from "./snapshot.js";

export const hidden = ({ choices }) => choices.some(({ votes }) => votes === null);

/** The choices with the most votes; none where nobody has voted, or where the votes are hidden. */
export const leadersOf = ({ choices, leaders }) => choices.filter(({ id }) => leaders.includes(id));

/** The choices that stand out: those with the most votes; of a final quiz the right answers. */
export const outstanding = (snapshot) => {
  const ids = snapshot.quiz?.right ?? snapshot.leaders;
  return snapshot.choices.filter(({ id }) => ids.includes(id));
};

/** Who leads or has won, or why nobody is told; `rule` is the poll's result rule. */
export function summary(words, snapshot, { rule, several }) {
  const final = snapshot.poll.state === "final";
  if (hidden(snapshot)) return sentence(words, rule in words ? rule : "after_close");
  if (snapshot.quiz) return snapshot.voters ? answered(words, snapshot) : sentence(words, "nobody");
  const leaders = leadersOf(snapshot);
  if (snapshot.statements && snapshot.voters) return rated(words, snapshot);
  const estimated = estimates(words, snapshot);
  if (estimated) return estimated;
  if (!leaders.length && snapshot.voters) return sentence(words, final ? "abstained" : "abstain");
  if (!leaders.length) return sentence(words, final ? "nobody" : "none");
  const last = snapshot.result?.last;
  const votes = (last ?? leaders[0]).votes;
  const gaps = { votes: spaced(votes), voters: spaced(last?.of ?? snapshot.base), round: last?.round, count: leaders.length, names: leaders.map(({ text }) => text) };
  if (leaders.length > NAMES_IN_A_TIE) return sentence(words, votes === 1 ? "tie_many_one" : "tie_many", gaps);
  if (leaders.length > 1) return sentence(words, votes === 1 ? "tie_one" : "tie", gaps);
  const kind = snapshot.base === 1 ? "_alone" : last ? "_round" : several ? "_picked" : "";
  return sentence(words, (final ? "won" : "leads") + kind, gaps);
}

/** The statements with the highest mean; of a single one what its votes come to. */
function rated(words, { statements, result }) {
  const ratings = result.statements;
  const most = Math.max(...ratings.map(({ mean }) => mean ?? -1));
  const gaps = { mean: meanText(most), median: medianText(ratings[0].median) };
  if (statements.length === 1) return sentence(words, "rated_alone", gaps);
  const names = statements.filter((_, index) => ratings[index].mean === most).map(({ text }) => text);
  return sentence(words, names.length > NAMES_IN_A_TIE ? "rated_many" : "rated", { ...gaps, names, count: names.length });
}

/** The median of the estimates, and the right answer where it is known; null for other kinds. */
function estimates(words, { result }) {
  if (!result?.bars) return null;
  const [median, answer] = [valueText(result, result.median), valueText(result, result.answer)];
  if (!result.bars.length) return answer ? sentence(words, "nobody_right", { answer }) : null;
  return sentence(words, answer ? "estimated_right" : "estimated", { median, answer });
}

/** What stands behind a leader's name. */
export function note(words, choice, snapshot) {
  const { leaders, lead, poll, quiz } = snapshot;
  if (quiz || !leaders.includes(choice.id)) return "";
  if (leaders.length > 1) return words.by_tie;
  return lead === null ? "" : words[poll.state === "final" ? "by_won" : "by_leads"].replace("{lead}", spaced(lead));
}
