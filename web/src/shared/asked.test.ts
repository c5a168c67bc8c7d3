import { expect, test } from "vitest";
import { asked } from "./asked";

type Question = Parameters<typeof asked>[0][number];

const field = (key: string, only_if: Question["only_if"] = null): Question => ({ key, only_if });

test("a question that hangs on one that is not asked is not asked either", () => {
  const fields = [field("renewal"), field("plate", { field: "renewal", given: "one_of", values: ["yes"] }), field("why", { field: "plate", given: "unanswered", values: [] })];
  expect(asked(fields, {}).map((one) => one.key)).toEqual(["renewal"]);
  expect(asked(fields, { renewal: "yes" }).map((one) => one.key)).toEqual(["renewal", "plate", "why"]);
  expect(asked(fields, { renewal: "yes", plate: "LKH 4471" }).map((one) => one.key)).toEqual(["renewal", "plate"]);
  expect(asked(fields, { renewal: "no", plate: "LKH 4471" }).map((one) => one.key)).toEqual(["renewal"]);
});
