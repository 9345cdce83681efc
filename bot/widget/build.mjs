// Builds src/ into dist/repere.js, one classic script. With --check it builds into memory and compares with the
// committed file, so that nobody ships a file that its sources do not make.
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import path from "node:path";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.join(here, "dist", "repere.js");
const LIMIT = 25_000; // bytes after gzip, all included

const cssAsText = {
  name: "css-as-text",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path: file }) => {
      const css = await readFile(file, "utf8");
      const { code } = await esbuild.transform(css, { loader: "css", minify: true, target: "es2021" });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

// One object {key: [fr, en]} instead of two with the same keys.
const mergedTexts = {
  name: "merged-texts",
  setup(build) {
    build.onLoad({ filter: /texts\.fr\.json$/ }, async ({ path: file }) => {
      const [fr, en] = await Promise.all([file, file.replace(".fr.", ".en.")].map(async (f) => JSON.parse(await readFile(f, "utf8"))));
      const keys = Object.keys(fr);
      if (keys.join() !== Object.keys(en).join()) throw new Error("texts.fr.json and texts.en.json differ in their keys");
      return { contents: JSON.stringify(Object.fromEntries(keys.map((key) => [key, [fr[key], en[key]]]))), loader: "json" };
    });
  },
};

const result = await esbuild.build({
  entryPoints: [path.join(here, "src", "main.ts")],
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: "iife",
  platform: "browser",
  target: ["es2021", "safari15"],
  charset: "utf8",
  legalComments: "none",
  write: false,
  metafile: true,
  plugins: [cssAsText, mergedTexts],
  banner: { js: "/*! Repère widget, Apache-2.0 */" },
});

const built = Buffer.from(result.outputFiles[0].contents);
const zipped = gzipSync(built, { level: 9 }).length;
if (zipped > LIMIT) {
  console.error(`dist/repere.js has ${zipped} bytes after gzip, more than ${LIMIT}`);
  process.exit(1);
}
if (process.argv.includes("--check")) {
  const committed = await readFile(target).catch(() => Buffer.alloc(0));
  if (!committed.equals(built)) {
    console.error("dist/repere.js does not match src/: run npm run build and commit it");
    process.exit(1);
  }
} else {
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, built);
}
console.log(`repere.js ${built.length} bytes, ${zipped} after gzip`);
if (process.argv.includes("--sizes")) {
  console.log(await esbuild.analyzeMetafile(result.metafile));
}
