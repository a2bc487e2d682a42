import { directive } from "../directive.ts";
import { BadValue } from "../errors.ts";
import { type Answer, readAnswer } from "../values/systemCallList.ts";

export const SystemCallErrorNumber = directive<Answer>({
  name: "SystemCallErrorNumber",
  summary: "What system calls return that SystemCallFilter= does not allow, instead of ending the process",
  value: {
    syntax: "ERRNO | kill",
    parse: (text) => {
      const answer = readAnswer(text);
      if (answer === undefined || answer === 0) {
        throw new BadValue(text, "the name of an errno, a number from 1 to 4095, or kill");
      }
      return answer;
    },
  },
  support: "full",
  effect: "neutral",
});
