// CBOR (RFC 8949) as §1 has it: definite lengths, shortest integers, text keys in the order written; nothing else is read.
import { big, join, must, text, utf8 } from "./bytes.mjs";

const INTEGER = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;

/** The bytes of numbers, bigints, texts, byte arrays, arrays, and objects as maps in the order of their keys. */
export function encode(value) {
  if (typeof value === "number" || typeof value === "bigint") {
    return value < 0 ? head(NEGATIVE, -1n - BigInt(value)) : head(INTEGER, value);
  }
  if (typeof value === "string") {
    const bytes = utf8(value);
    return join(head(TEXT, bytes.length), bytes);
  }
  if (value instanceof Uint8Array) return join(head(BYTES, value.length), value);
  if (Array.isArray(value)) return join(head(ARRAY, value.length), ...value.map(encode));
  const entries = Object.entries(value);
  return join(head(MAP, entries.length), ...entries.flatMap(([key, field]) => [encode(key), encode(field)]));
}

function head(major, value) {
  const number = BigInt(value);
  const kind = major << 5;
  if (number < 24n) return Uint8Array.of(kind | Number(number));
  const exponent = number < 0x100n ? 0 : number < 0x10000n ? 1 : number < 0x100000000n ? 2 : 3;
  return join(Uint8Array.of(kind | (24 + exponent)), big(number, 1 << exponent));
}

/** The value of bytes; unsafe integers come as bigints. Longer forms than needed and bytes that follow are refused. */
export function decode(bytes) {
  const reader = { bytes, at: 0 };
  const value = read(reader, 0);
  must(reader.at === bytes.length, "bytes follow a CBOR value");
  return value;
}

function take(reader, length) {
  must(reader.at + length <= reader.bytes.length, "a CBOR value is cut off");
  reader.at += length;
  return reader.bytes.slice(reader.at - length, reader.at);
}

function number(reader, low) {
  if (low < 24) return BigInt(low);
  must(low < 28, "CBOR of an indefinite length");
  const size = 1 << (low - 24);
  const value = take(reader, size).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  must(value >= (size === 1 ? 24n : 1n << BigInt(size * 4)), "a CBOR number is longer than needed");
  return value;
}

const plain = (value) => (value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value);

function read(reader, depth) {
  must(depth < 16, "CBOR is nested too deeply");
  const [first] = take(reader, 1);
  const value = number(reader, first & 0x1f);
  switch (first >> 5) {
    case INTEGER:
      return plain(value);
    case NEGATIVE:
      return plain(-1n - value);
    case BYTES:
      return take(reader, Number(value));
    case TEXT:
      return text(take(reader, Number(value)));
    case ARRAY:
      return Array.from({ length: counted(reader, value) }, () => read(reader, depth + 1));
    case MAP: {
      const map = {};
      for (let left = counted(reader, value); left > 0; left -= 1) {
        const key = read(reader, depth + 1);
        must(typeof key === "string" && !Object.hasOwn(map, key) && !/^\d+$|^__proto__$/.test(key), "a CBOR key is not a new text");
        map[key] = read(reader, depth + 1);
      }
      return map;
    }
    default:
      throw new Error("CBOR of a kind that is not used");
  }
}

/** A count of parts, none of which is shorter than a byte. */
function counted(reader, value) {
  must(value <= BigInt(reader.bytes.length - reader.at), "CBOR promises more than there is");
  return Number(value);
}

/** A map with exactly these keys in this order. */
export function fields(map, ...names) {
  must(Object.prototype.toString.call(map) === "[object Object]", "a CBOR map is missing");
  must(Object.keys(map).join() === names.join(), `a CBOR map has not the fields ${names.join(", ")}`);
  return map;
}
