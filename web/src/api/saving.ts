// Until when something was not saved: an answer tells since when, the whisperer when it was on
// again.

import { getJson } from "./client";
import type { NotSaved, SavingList } from "./types";

// When the option was on again after that; null when it is off still, or cannot be told.
export function onAgain({ since_us: since, what }: NotSaved, { items }: SavingList): number | null {
  if (since === null) return null;
  return items.find((change) => change.from_us > since && change[what])?.from_us ?? null;
}

// Questions on their way: many communications are asked for at once, of few whisperers.
const running = new Map<string, Promise<SavingList | null>>();

// Null when it is not answered: what else was answered is told without it.
function savingOf(name: string): Promise<SavingList | null> {
  const known = running.get(name);
  if (known !== undefined) return known;
  const path = `whisperers/${encodeURIComponent(name)}/saving`;
  const asked = getJson<SavingList>(path)
    .catch(() => null)
    .finally(() => running.delete(name));
  running.set(name, asked);
  return asked;
}

export async function withEnds<T extends { readonly not_saved: readonly NotSaved[] }>(
  answer: T,
): Promise<T> {
  const since = answer.not_saved.filter(({ since_us }) => since_us !== null);
  if (since.length === 0) return answer;
  const names = [...new Set(since.map(({ whisperer }) => whisperer))];
  const lists = new Map(
    await Promise.all(names.map(async (name) => [name, await savingOf(name)] as const)),
  );
  const not_saved = answer.not_saved.map((one) => {
    const list = lists.get(one.whisperer);
    return list == null ? one : { ...one, until_us: onAgain(one, list) };
  });
  return { ...answer, not_saved };
}
