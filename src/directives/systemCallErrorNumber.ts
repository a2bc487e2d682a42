import { InvalidValueError } from "../errors.ts";
import { directive } from "../model/directive.ts";
import { readAnswer, type SyscallAction } from "../values/systemCallList.ts";

export const SystemCallErrorNumber = directive<SyscallAction>({
  name: "SystemCallErrorNumber",
  summary: "The errno that SystemCallFilter= returns for denied system calls, instead of killing the process",
  value: {
    syntax: "ERRNO | kill",
    parse: (text) => {
      const answer = readAnswer(text);
      if (answer === undefined || answer === 0) {
        throw new InvalidValueError(text, "the name of an errno, a number from 1 to 4095, or kill");
      }
      return answer;
    },
  },
  support: "full",
  effect: "neutral",
});
