// Values as rules compare and calculate them: the twin of edc/study/values.py, line by line.
//
// A value is canonical text until an operator asks what it reads as. Numbers are exact fractions,
// for 0.1 + 0.2 must be 0.3 on both sides; days are counted on the calendar; text is ordered by code
// point. A year alone reads as a number: where it is a date known in part, it is given as the date's
// three fields joined, "2024--".

const NUMBER = /^(-?)([0-9]{1,30})(?:\.([0-9]{1,30}))?$/;
const DAY = /^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?$/;
const MOMENT = /^([0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?\+08:00$/;
const PLACES = 12;
const SCALE = 10n ** BigInt(PLACES);
const WIDEST = 1n << 400n;
const DAY_LENGTH = 86_400_000;
const DAYS_BEFORE_1970 = 719_163; // since the day before 1 January of the year 1
const LAST_DAY = 3_652_059; // 31 December 9999

const size = (number) => (number < 0n ? -number : number);

function commonDivisor(one, other) {
  let [left, right] = [size(one), other];
  while (right) [left, right] = [right, left % right];
  return left;
}

export class Fraction {
  constructor(numerator, denominator = 1n) {
    const sign = denominator < 0n ? -1n : 1n;
    const divisor = commonDivisor(numerator, sign * denominator);
    this.numerator = (sign * numerator) / divisor;
    this.denominator = (sign * denominator) / divisor;
  }

  // Plain digits: at most twelve places, half away from zero.
  toString() {
    const scaled = (2n * size(this.numerator) * SCALE + this.denominator) / (2n * this.denominator);
    const part = scaled % SCALE;
    const decimals = part ? `.${part.toString().padStart(PLACES, "0").replace(/0+$/, "")}` : "";
    return `${this.numerator < 0n && scaled ? "-" : ""}${scaled / SCALE}${decimals}`;
  }
}

export function isEmpty(value) {
  return value === null || value === undefined || value === "" || value.length === 0;
}

export function asFraction(value) {
  if (value instanceof Fraction) return value;
  if (Number.isInteger(value)) return new Fraction(BigInt(value));
  const found = typeof value === "string" && NUMBER.exec(value);
  if (!found) return null;
  const [, sign, whole, decimals = ""] = found;
  const digits = BigInt(whole + decimals);
  return new Fraction(sign ? -digits : digits, 10n ** BigInt(decimals.length));
}

function ordinal(year, month, day) {
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  const isReal = year >= 1 && moment.getUTCMonth() === month - 1 && moment.getUTCDate() === day;
  return isReal ? moment.getTime() / DAY_LENGTH + DAYS_BEFORE_1970 : null;
}

function isoDay(days) {
  return new Date((days - DAYS_BEFORE_1970) * DAY_LENGTH).toISOString().slice(0, 10);
}

// The first and the last day that a full or partial date may be, as ordinals; a moment is its day.
export function dayRange(text) {
  const found = DAY.exec(MOMENT.exec(text)?.[1] ?? text.replace(/-+$/, ""));
  if (!found) return null;
  const [year, month, day] = found.slice(1).map((part) => part && Number(part));
  const first = ordinal(year, month ?? 1, day ?? 1);
  if (first === null) return null;
  if (month === undefined) return [first, ordinal(year, 12, 31)];
  if (day === undefined) {
    const next = month === 12 ? ordinal(year, 12, 31) + 1 : ordinal(year, month + 1, 1);
    return [first, next - 1];
  }
  return [first, first];
}

function exactDay(value) {
  const days = typeof value === "string" ? dayRange(value) : null;
  return days && days[0] === days[1] ? days[0] : null;
}

function byOrder(op, order) {
  switch (op) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    default:
      return order >= 0;
  }
}

const order = (left, right) => (left < right ? -1 : left > right ? 1 : 0);

function textOrder(left, right) {
  const [ones, others] = [[...left], [...right]];
  for (let place = 0; place < Math.min(ones.length, others.length); place += 1) {
    const found = ones[place].codePointAt(0) - others[place].codePointAt(0);
    if (found) return found;
  }
  return ones.length - others.length;
}

function compareDays(op, left, right) {
  switch (op) {
    case "==":
      return left[0] === left[1] && left[1] === right[0] && right[0] === right[1];
    case "!=":
      return left[1] < right[0] || right[1] < left[0];
    case "<":
    case "<=":
      return byOrder(op, order(left[1], right[0]));
    default:
      return byOrder(op, order(left[0], right[1]));
  }
}

function compareTexts(op, left, right, isNumber) {
  const [first, second] = [dayRange(left), dayRange(right)];
  if (first && second) {
    const areMoments = MOMENT.test(left) && MOMENT.test(right);
    return areMoments ? byOrder(op, textOrder(left, right)) : compareDays(op, first, second);
  }
  if (isNumber || first || second) return op === "!=";
  return byOrder(op, textOrder(left, right));
}

function isSame(left, right) {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((one, place) => one === right[place]);
  }
  return left === right;
}

// False when either side is empty; days known in part compare by their possible range.
export function compare(op, left, right) {
  if (typeof left === "boolean" || typeof right === "boolean") {
    return byOrder(op, order(left === true, right === true));
  }
  if (isEmpty(left) || isEmpty(right)) return false;
  const numbers = [asFraction(left), asFraction(right)];
  if (numbers[0] && numbers[1]) {
    const [one, other] = numbers;
    const sides = [one.numerator * other.denominator, other.numerator * one.denominator];
    return byOrder(op, order(...sides));
  }
  if (typeof left === "string" && typeof right === "string") {
    return compareTexts(op, left, right, Boolean(numbers[0] || numbers[1]));
  }
  if (op === "==") return isSame(left, right);
  return op === "!=" && !isSame(left, right);
}

export function isMember(left, right) {
  if (isEmpty(left) || isEmpty(right)) return false;
  const choices = Array.isArray(right) ? right : [right];
  return choices.some((choice) => compare("==", left, choice));
}

function arithmetic(op, one, other) {
  switch (op) {
    case "+":
    case "-": {
      const right = (op === "+" ? 1n : -1n) * other.numerator * one.denominator;
      return new Fraction(
        one.numerator * other.denominator + right,
        one.denominator * other.denominator,
      );
    }
    case "*":
      return new Fraction(one.numerator * other.numerator, one.denominator * other.denominator);
    default:
      return new Fraction(one.numerator * other.denominator, one.denominator * other.numerator);
  }
}

// A number, a day shifted by whole days, or null where there is no exact answer.
export function calculate(op, left, right) {
  const numbers = [asFraction(left), asFraction(right)];
  if (numbers[0] && numbers[1]) {
    if (op === "/" && !numbers[1].numerator) return null;
    const result = arithmetic(op, ...numbers);
    return size(result.numerator) < WIDEST && result.denominator < WIDEST ? result : null;
  }
  const first = numbers[0] ? null : exactDay(left);
  if (first === null) return null;
  const shift = numbers[1];
  if (!shift) {
    const second = exactDay(right);
    return second !== null && op === "-" ? new Fraction(BigInt(first - second)) : null;
  }
  if (!"+-".includes(op) || shift.denominator !== 1n) return null;
  const days = BigInt(first) + (op === "+" ? shift.numerator : -shift.numerator);
  return days >= 1n && days <= BigInt(LAST_DAY) ? isoDay(Number(days)) : null;
}
