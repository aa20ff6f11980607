// @vitest-environment jsdom
import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import { ApiError, parseProblem } from "../../../src/api/problem";
import { NoRights, refusalOf } from "../../../src/pages/NoRights";

const answered = (status: number): ApiError => new ApiError(parseProblem(status, "", ""));

it("a refusal says why, and the next step", () => {
  for (const [status, title, step] of [
    [401, "not signed in", "sign in"],
    [403, "may not look", "Ask whoever runs"],
    [421, "under this name", "[api] hosts"],
  ] as const) {
    const { getByTestId, unmount } = render(
      <NoRights error={answered(status)} retry={() => undefined} />,
    );
    expect(getByTestId("no-rights").textContent).toContain(title);
    expect(getByTestId("no-rights").textContent).toContain(step);
    unmount();
  }
});

it("what else goes wrong is no refusal", () => {
  for (const status of [0, 400, 404, 500, 503]) expect(refusalOf(answered(status))).toBeNull();
  expect(refusalOf(new Error("no"))).toBeNull();
});
