import { expect, it } from "vitest";
import { closed, isOpen, opened, read, tidy, written } from "./spans";

it("spans that touch or overlap are one", () => {
  expect(tidy([{ opens: 600, closes: 720 }, { opens: 480, closes: 600 }, { opens: 900, closes: 960 }])).toEqual([
    { opens: 480, closes: 720 },
    { opens: 900, closes: 960 },
  ]);
});

it("what is opened and closed again is as it was", () => {
  const day = [{ opens: 480, closes: 720 }];
  expect(closed(opened(day, 780, 810), 780, 810)).toEqual(day);
  expect(closed(day, 510, 540)).toEqual([{ opens: 480, closes: 510 }, { opens: 540, closes: 720 }]);
});

it("a half hour is open, in part, or not", () => {
  const day = [{ opens: 495, closes: 720 }];
  expect([isOpen(day, 480, 510), isOpen(day, 510, 540), isOpen(day, 0, 30)]).toEqual(["part", "yes", "no"]);
});

it("times are read as people write them, and nonsense is not", () => {
  expect(read("9-12, 13:00 – 17:30")).toEqual([{ opens: 540, closes: 720 }, { opens: 780, closes: 1050 }]);
  expect(read("9：00至12：00，14-18")).toEqual([{ opens: 540, closes: 720 }, { opens: 840, closes: 1080 }]);
  expect(read("")).toEqual([]);
  for (const wrong of ["morning", "12-9", "9-25", "9:00"]) expect(read(wrong)).toBeNull();
  expect(written([{ opens: 540, closes: 1440 }])).toBe("09:00–24:00");
});
