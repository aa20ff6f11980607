import { afterEach, describe, expect, it, vi } from "vitest";
import type { NotSaved } from "../../../src/api/types";
import { askCommunication } from "../../../src/api/questions";
import { detail } from "../support/detail";

afterEach(() => vi.unstubAllGlobals());

const change = (from_us: number, bodies: boolean) => ({ from_us, bodies, packets: false });
const off = (what: string, since_us: number | null) => ({
  what,
  option: `save_${what}`,
  whisperer: "a b",
  known: since_us === null ? "unknown" : "exact",
  since_us,
});

// What is told of each kind, and what was asked.
async function told(not_saved: object[], items: object[] | null) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    const { pathname } = new URL(url, "http://x/");
    asked.push(pathname);
    if (!pathname.endsWith("/saving"))
      return new Response(JSON.stringify(detail({ not_saved: not_saved as never })));
    if (items === null) return new Response("{}", { status: 500 });
    return new Response(JSON.stringify({ items }));
  });
  const { not_saved: answer } = await askCommunication("1-a-1-0", undefined);
  return { asked, until: answer.map((one: NotSaved) => one.until_us) };
}

describe("until when something was not saved", () => {
  it("is when the whisperer saved it again", async () => {
    const changes = [change(1, true), change(5, false), change(7, true), change(9, false)];
    const { asked, until } = await told([off("bodies", 5), off("packets", 5)], changes);
    expect(until).toEqual([7, null]); // packets are off still
    expect(asked).toEqual([
      "/api/v1/http-communications/1-a-1-0",
      "/api/v1/whisperers/a%20b/saving", // once
    ]);
    expect((await told([off("bodies", 9)], changes)).until).toEqual([null]);
  });

  it("is not asked for where it says nothing, nor missed where it is not answered", async () => {
    expect((await told([], [])).asked).toHaveLength(1);
    expect((await told([off("bodies", null)], [])).asked).toHaveLength(1);
    expect((await told([off("bodies", 5)], null)).until).toEqual([undefined]);
  });
});
