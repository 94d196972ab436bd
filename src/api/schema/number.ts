// Numbers as the API writes them: percentages are integers, money and other decimals are strings.
import { Type } from "typebox";
import { celText, rules } from "./rule.ts";
import { shaped, text } from "./text.ts";

/** An integer percentage, 0 to 100. */
export function percent(description: string, initial?: number) {
  return Type.Integer({
    description: `${description} Percent, 0 to 100.`,
    minimum: 0,
    maximum: 100,
    ...(initial === undefined ? {} : { default: initial }),
  });
}

/** A count, 0 or more. */
export function count(description: string, initial?: number) {
  return Type.Integer({ description, minimum: 0, ...(initial === undefined ? {} : { default: initial }) });
}

/** An amount that cannot be negative, a decimal string; its unit stands in a field beside it or in `description`. */
export function amount(description: string) {
  return shaped(
    "^[0-9]{1,15}([.][0-9]{1,9})?$",
    'must be a decimal amount that is not negative, such as "1200" or "99.50"',
    { description, maxLength: 25 },
  );
}

/** A decimal string that may be negative: differences, remainders, thresholds. */
export function decimal(description: string) {
  return shaped("^-?[0-9]{1,15}([.][0-9]{1,12})?$", 'must be a decimal number, such as "0.05"', {
    description,
    maxLength: 30,
  });
}

/** An ISO 4217 currency code. */
export function currency(description: string) {
  return shaped("^[A-Z]{3}$", "must be a currency code of three letters, such as USD", { description, maxLength: 3 });
}

/** A resource quantity such as 256Mi. */
export function quantity(description: string, initial?: string) {
  return shaped("^[0-9]{1,15}([.][0-9]{1,9})?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$", "must be a quantity, such as 256Mi", {
    description,
    maxLength: 30,
    ...(initial === undefined ? {} : { default: initial }),
  });
}

const percentage = "^(100|[1-9]?[0-9])%$";

/** A count (3) or a percentage (60%). */
export function countOrPercent(description: string) {
  return Type.Unsafe<number | string>({
    description,
    "x-kubernetes-int-or-string": true,
    anyOf: [{ type: "integer" }, { type: "string" }],
    ...rules<number | string>({
      rule: `type(self) == int ? self >= 0 : self.matches(${celText(percentage)})`,
      message: "must be a count that is not negative, or a percentage from 0% to 100%",
      holds: (self) => (typeof self === "number" ? self >= 0 : new RegExp(percentage, "u").test(self)),
    }),
  });
}

/** A decimal string that the operator writes: no rule stands between it and its status. Negative where `description` says so. */
export function figure(description: string) {
  return text({ description, maxLength: 40 });
}
