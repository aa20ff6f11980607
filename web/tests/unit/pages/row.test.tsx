// @vitest-environment jsdom
import { cleanup, render } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { choiceOf, chosenColumns, kColumns } from "../../../src/pages/columns";
import { Row } from "../../../src/pages/Row";
import { detail } from "../support/detail";

afterEach(cleanup);

describe("a row of the list", () => {
  const bytesOf = (request: number | null, response: number | null) => {
    const { container } = render(
      <Row
        item={detail({ request_body_bytes: request, response_body_bytes: response })}
        columns={chosenColumns(choiceOf(kColumns), "none")}
        dates="none"
        top={0}
        index={0}
        rank={0}
        current={false}
        picked={false}
        cursor={null}
        zone="utc"
        longest={1}
        onRow={() => undefined}
      />,
    );
    return ["request", "response"].map(
      (key) => container.querySelector(`[data-column=${key}]`)?.textContent,
    );
  };

  it("tells a body that was seen and is empty from one that was not seen", () => {
    expect(bytesOf(0, null)).toEqual(["0 B", "—"]);
    cleanup();
    expect(bytesOf(null, 1_500)).toEqual(["—", "1.5 kB"]);
  });
});
