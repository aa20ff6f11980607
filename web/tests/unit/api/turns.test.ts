import { expect, it } from "vitest";
import { inTurn } from "../../../src/api/turns";

const kSlow = { q: "word" };

it("questions with a text wait for each other, two at once", async () => {
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const ask = (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    return new Promise((resolve) =>
      ends.push(() => {
        running -= 1;
        resolve();
      }),
    );
  };
  const all = Array.from({ length: 5 }, () => inTurn(kSlow, undefined, ask));
  for (let ended = 0; ended < 5; ended += 1) {
    await Promise.resolve();
    while (ends.length === 0) await Promise.resolve();
    ends.shift()?.();
    await all[ended];
  }
  expect(most).toBe(2);
});

it("one that is cancelled while it waits never asks, and takes nobody's turn", async () => {
  const ends: (() => void)[] = [];
  const hold = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
  const held = [inTurn(kSlow, undefined, hold), inTurn(kSlow, undefined, hold)];
  const abort = new AbortController();
  let asked = false;
  const given = inTurn(kSlow, abort.signal, async () => {
    asked = true;
  });
  const last = inTurn(kSlow, undefined, async () => "told");
  abort.abort();
  await expect(given).rejects.toBeDefined();
  ends.forEach((end) => end());
  await Promise.all(held);
  expect(await last).toBe("told");
  expect(asked).toBe(false);
});

it("what has no text to search by waits for nobody", async () => {
  const ends: (() => void)[] = [];
  const hold = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
  const held = [inTurn(kSlow, undefined, hold), inTurn(kSlow, undefined, hold)];
  expect(await inTurn({}, undefined, async () => "quick")).toBe("quick");
  ends.forEach((end) => end());
  await Promise.all(held);
});
