// What the build uses of Node, and no more, so that its types need no package of their own.
declare module "node:crypto" {
  interface Hash {
    update(of: string | Uint8Array): Hash;
    digest(as: "hex"): string;
  }
  export function createHash(name: "sha256"): Hash;
}

declare module "node:fs" {
  export function readdirSync(folder: string): string[];
  export function readFileSync(file: string): Uint8Array;
}
