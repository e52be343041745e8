// What a learner has done, kept by the browser as the very file that Export gives.

const KEY = `handgrad record ${location.pathname}`;
const NOTHING = { version: 1, passed: [], hints: {}, current: "", answers: {} };
let kept = NOTHING;
let isKept = true;

export function record() {
  return kept;
}

export function load() {
  try {
    kept = { ...NOTHING, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    kept = NOTHING;
  }
}

function save(changed) {
  kept = changed;
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
    isKept = true;
  } catch {
    isKept = false; // a browser that keeps nothing: Export still has it
  }
}

// Another tab's answers are not overwritten by this one's older ones.
function change(how) {
  if (isKept) load();
  save(how(kept));
}

export const hasPassed = (name) => kept.passed.includes(name);
export const answerOf = (name) => kept.answers[name];
export const hintsOpen = (name) => kept.hints[name] ?? 0;

export const pass = (name) => change((old) => ({ ...old, passed: [...new Set([...old.passed, name])].sort() }));
export const openHint = (name, count) => change((old) => ({ ...old, hints: { ...old.hints, [name]: count } }));
export const goTo = (name) => change((old) => ({ ...old, current: name }));

// An answer that is as it was handed out is none.
export const answer = (name, text, stub) =>
  change((old) => {
    const { [name]: _, ...others } = old.answers;
    return { ...old, answers: text === stub ? others : { ...others, [name]: text } };
  });

export const replace = (text) => save({ ...NOTHING, ...JSON.parse(text) });
export const asText = () => `${JSON.stringify(kept, null, 1)}\n`;
export const survives = () => isKept;
