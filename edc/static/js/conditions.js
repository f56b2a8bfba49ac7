// Evaluates the study's expressions in the browser: the twin of edc/study/evaluation.py.
//
// A tree is the JSON of a parsed expression. What it reads comes from a scope:
//   item(code)       canonical text, an array of codes, or null; a hidden item is null, and a year
//                    alone of a partial date is "2024--"
//   isMissing(code)  whether a shown item holds a missing code
//   facts            name → text, as the server gave them
//   resolved         JSON text of a node → its value: what reads outside this record (another CRF,
//                    an earlier record, a history) was worked out by the server

import { Fraction, asFraction, calculate, compare, dayRange, isEmpty, isMember } from "./values.js";

const OUTSIDE = new Set([
  "previous",
  "foreign",
  "at",
  "any",
  "count",
  "earliest",
  "latest",
  "changed",
  "entry",
]);
const COMPARISONS = new Set(["==", "!=", "<", "<=", ">", ">="]);
const ARITHMETIC = new Set(["+", "-", "*", "/"]);

function list(parts, scope) {
  return parts.flatMap((part) => {
    const value = run(part, scope);
    if (Array.isArray(value)) return value;
    if (typeof value === "string") return value ? [value] : [];
    const number = asFraction(value);
    return number ? [number.toString()] : [];
  });
}

function length(value) {
  if (isEmpty(value)) return 0;
  return Array.isArray(value) ? value.length : 1;
}

function absolute(value) {
  const number = asFraction(value);
  return number && number.numerator < 0n
    ? new Fraction(-number.numerator, number.denominator)
    : number;
}

function run(tree, scope) {
  const [kind, ...parts] = tree;
  if (OUTSIDE.has(kind)) return scope.resolved?.[JSON.stringify(tree)] ?? null;
  const value = (place) => run(parts[place], scope);
  if (COMPARISONS.has(kind)) return compare(kind, value(0), value(1));
  if (ARITHMETIC.has(kind)) return calculate(kind, value(0), value(1));
  switch (kind) {
    case "const":
      return parts[0];
    case "const-true":
      return true;
    case "list":
      return list(parts, scope);
    case "item":
      return scope.item(parts[0]) ?? null;
    case "fact":
      return scope.facts?.[parts[0]] ?? null;
    case "this":
      return null;
    case "and":
      return parts.every((part) => holds(part, scope));
    case "or":
      return parts.some((part) => holds(part, scope));
    case "not":
      return !holds(parts[0], scope);
    case "if":
      return holds(parts[0], scope) ? value(1) : value(2);
    case "in":
      return isMember(value(0), value(1));
    case "not in": {
      const [left, right] = [value(0), value(1)];
      return !(isEmpty(left) || isEmpty(right) || isMember(left, right));
    }
    case "empty":
      return isEmpty(value(0));
    case "missing":
      return Boolean(scope.isMissing?.(parts[0][1]));
    case "length":
      return new Fraction(BigInt(length(value(0))));
    case "year": {
      const day = value(0);
      return typeof day === "string" && dayRange(day) ? day.slice(0, 4) : null;
    }
    case "abs":
      return absolute(value(0));
    case "count_above": {
      const [bound, ...others] = parts.map((part) => run(part, scope));
      return new Fraction(BigInt(others.filter((one) => compare(">", one, bound)).length));
    }
    default:
      throw new Error(`unknown node ${kind}`);
  }
}

// The value of an expression: null, true or false, text (a number in plain digits), or an array.
export function evaluate(tree, scope) {
  const value = run(tree, scope);
  return value instanceof Fraction || Number.isInteger(value) ? asFraction(value).toString() : value;
}

// Whether an expression is true; a value that is no condition is not.
export function holds(tree, scope) {
  return run(tree, scope) === true;
}

// A scope over plain values, in which an item reads as empty where its condition hides it.
//   context  what edc/study/browser.py gives for the CRF
//   items    code → text, array or null, shown or not; absent ones are the server's
//   missing  code → missing code
export function scopeOf(context, items, missing = {}) {
  const known = new Map();
  const scope = {
    facts: context.facts ?? {},
    resolved: context.resolved ?? {},
    shown(code) {
      const condition = context.shown?.[code];
      if (condition && !known.has(code)) known.set(code, holds(condition, scope));
      return condition ? known.get(code) : true;
    },
    item(code) {
      return scope.shown(code) ? (items[code] ?? context.items?.[code] ?? null) : null;
    },
    isMissing: (code) => scope.shown(code) && Boolean(missing[code]),
  };
  return scope;
}
