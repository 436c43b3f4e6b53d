// Sentences of a page (SENTENCES of polls/results/chart.py) with their gaps filled.

import { isolated, percent, spaced } from "./snapshot.js";

/** The most names that a sentence lists. */
export const NAMES_IN_A_TIE = 3;

/** Which answers of a final quiz are right, and how many gave them, as nodes. */
export function answered(words, { quiz, choices, voters }) {
  const names = choices.filter(({ id }) => quiz.right.includes(id)).map(({ text }) => text);
  const gaps = { names, count: names.length, votes: spaced(quiz.voters), voters: spaced(voters), percent: percent(quiz.percent) };
  return sentence(words, names.length > NAMES_IN_A_TIE ? "right_count" : names.length > 1 ? "right_many" : "right", gaps);
}

/** A sentence with its gaps filled, as nodes; names are set in bold. */
export function sentence(words, key, gaps = {}) {
  return words[key].split(/(\{\w+\})/).flatMap((part) => {
    const gap = part.match(/^\{(\w+)\}$/)?.[1];
    if (gap !== "names") return gap ? [String(gaps[gap])] : [part];
    return gaps.names.flatMap((name, index) => [
      index === 0 ? "" : index === gaps.names.length - 1 ? words.and : ", ",
      Object.assign(document.createElement("b"), { textContent: isolated(name) }),
    ]);
  });
}
