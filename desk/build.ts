/** The record of a build: what went in and what came out, so that a test without Node can tell whether they belong together. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Plugin } from "vite";

const SOURCES = ["src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts", "build.ts"];
const RECORD = "build.json";

function filesOf(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}

const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

function digests(root: string, paths: string[]): Record<string, string> {
  const found = paths.flatMap((path) => filesOf(join(root, path))).sort();
  return Object.fromEntries(found.map((path) => [relative(root, path), digest(path)]));
}

/** Write `build.json` beside the built files: SHA-256 of every source, and of every file made from them. */
export function record(): Plugin {
  let root = "";
  let out = "";
  return {
    name: "record",
    apply: "build",
    configResolved(config) {
      root = config.root;
      out = config.build.outDir.startsWith("/") ? config.build.outDir : join(root, config.build.outDir);
    },
    closeBundle() {
      const made = readdirSync(out).filter((name) => name !== RECORD);
      const body = { sources: digests(root, SOURCES), files: digests(out, made) };
      writeFileSync(join(out, RECORD), `${JSON.stringify(body, null, 1)}\n`);
    },
  };
}
