// Waiting for a condition. The bound is so generous that only a condition that never comes true reaches it.

export const BOUND = 120_000;
const PAUSE = 100;

/** Asks again and again until the answer is true; resolves with it. */
export async function until(what, ask, bound = BOUND) {
  const end = Date.now() + bound;
  let answer;
  let failure;
  do {
    try {
      answer = await ask();
      failure = undefined;
      if (answer) return answer;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  } while (Date.now() < end);
  const detail = failure ? failure.message : JSON.stringify(answer);
  throw new Error(`waited in vain until ${what} (last: ${detail})`);
}
