// wait.mjs - how does a test wait? For a condition, with a deadline that says what did not happen.

export const kPatienceMs = Number(process.env.PUSHGATE_E2E_PATIENCE_MS ?? 20_000);

const kPollMs = 15;

/// Resolves with the first truthy value that `condition` yields; rejects after the deadline.
/// `what` completes the sentence "waited in vain for …"; it may be a function, asked at the end.
export async function until(what, condition, patienceMs = kPatienceMs) {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) {
      throw new Error(`waited in vain for ${typeof what === 'function' ? what() : what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, kPollMs));
  }
}

/// The promise, or a rejection that names what was awaited once the deadline has passed.
export function within(what, promise, patienceMs = kPatienceMs) {
  let timer;
  const late = new Promise((_, reject) => {
    const giveUp = () => reject(new Error(`waited in vain for ${typeof what === 'function' ? what() : what}`));
    timer = setTimeout(giveUp, patienceMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/// Runs `work` on every item, at most `width` of them at a time; results in the order of the items.
export async function inParallel(items, width, work) {
  const results = new Array(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}
