import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Directive, directive, imply } from "../../src/model/directive.ts";
import { makeService } from "../../src/model/service.ts";

const word = { syntax: "word", parse: (text: string) => text };
const Inner = directive<string>({ name: "Inner", summary: "", value: word, support: "full", effect: "neutral" });
const Outer = directive<string>({
  name: "Outer",
  summary: "",
  value: word,
  support: "full",
  effect: "neutral",
  implies: () => [imply<string>({ directive: Inner, value: (current) => current ?? "implied" })],
});

test("an implied value records the directive that implied it", () => {
  const service = makeService(new Map<Directive, unknown>([[Outer as Directive, "x"]]));
  assert.is(service.get(Inner), "implied");
  assert.is(service.impliedBy(Inner as Directive)?.name, "Outer");
});

test("an assigned value is kept if the implication keeps it", () => {
  const service = makeService(
    new Map<Directive, unknown>([
      [Outer as Directive, "x"],
      [Inner as Directive, "mine"],
    ]),
  );
  assert.is(service.get(Inner), "mine");
  assert.is(service.impliedBy(Inner as Directive), undefined);
});

test.run();
