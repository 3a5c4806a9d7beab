// Bundles static/src into static/dist under names that carry a hash of their contents, and writes
// manifest.json: what templates call a file → the file. Third-party parts come from node_modules.
//
//   static/src/entries/*.js   one ES module per page; shared code becomes chunks
//   static/src/css/app.css    the one style sheet, with its fonts
//   static/img/*              pictures and icons, copied
//
// Modules find PDF.js's data beside themselves: `new URL(PDFJS_DIR, import.meta.url)`.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCE = join(HERE, "src");
const TARGET = join(HERE, "dist");
const FRESH = join(HERE, "dist.new"); // swapped in whole, so a running site never sees half a build
const STALE = join(HERE, "dist.old");
const BLOCKING = new Set(["theme.js"]); // loaded by a plain <script> before the first paint

const packageFolder = (name) => join(HERE, "..", "node_modules", name);
const version = (name) => JSON.parse(readFileSync(join(packageFolder(name), "package.json"))).version;
const files = (folder, ending = "") =>
  existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(ending)).sort() : [];

const manifest = {};
const PDFJS_DIR = `pdfjs-${version("pdfjs-dist")}/`;

async function bundle(entryPoints, options) {
  if (!entryPoints.length) return;
  const { metafile } = await build({
    entryPoints,
    bundle: true,
    minify: true,
    sourcemap: false,
    legalComments: "linked",
    target: ["chrome111", "firefox115", "safari16.4"],
    outdir: FRESH,
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file", ".svg": "file", ".png": "file" },
    alias: { "@transloadit/prettier-bytes": join(SOURCE, "lib", "size.js") },
    define: { PDFJS_DIR: JSON.stringify(`./${PDFJS_DIR}`) },
    logLevel: "warning",
    metafile: true,
    ...options,
  });
  for (const [path, output] of Object.entries(metafile.outputs)) {
    const stem = output.entryPoint && basename(output.entryPoint, extname(output.entryPoint));
    if (!stem) continue;
    manifest[stem + extname(path)] = basename(path);
    if (output.cssBundle) manifest[`${stem}.css`] = basename(output.cssBundle);
  }
}

/** Copy one file under a name with its hash; the manifest knows it by its plain name. */
function copyHashed(source, name = basename(source)) {
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 8);
  const ending = extname(name);
  const hashed = `${name.slice(0, -ending.length)}-${hash}${ending}`;
  mkdirSync(dirname(join(FRESH, hashed)), { recursive: true });
  cpSync(source, join(FRESH, hashed));
  manifest[name] = hashed;
}

/** The worker and the data without which PDF.js cannot draw Chinese, Korean or standard fonts. */
function copyPdfjs() {
  const from = packageFolder("pdfjs-dist");
  for (const folder of ["cmaps", "standard_fonts", "wasm", "iccs"])
    cpSync(join(from, folder), join(FRESH, PDFJS_DIR, folder), { recursive: true });
  cpSync(join(from, "build", "pdf.worker.min.mjs"), join(FRESH, PDFJS_DIR, "pdf.worker.mjs"));
  manifest["pdfjs/"] = PDFJS_DIR;
  manifest["pdf.worker.mjs"] = `${PDFJS_DIR}pdf.worker.mjs`;
}

/** Fonts: Inter for the pages' preload, Noto Sans for the PDFs that the server typesets. */
function copyFonts() {
  const inter = join(packageFolder("@fontsource-variable/inter"), "files");
  for (const script of ["latin", "latin-ext"])
    copyHashed(join(inter, `inter-${script}-wght-normal.woff2`), `fonts/inter-${script}.woff2`);
  mkdirSync(join(FRESH, "fonts"), { recursive: true });
  for (const [name, family] of [["noto-sans-sc", "NotoSansSC"], ["noto-sans-kr", "NotoSansKR"]])
    for (const style of ["400Regular", "700Bold"])
      cpSync(
        join(packageFolder(`@expo-google-fonts/${name}`), style, `${family}_${style}.ttf`),
        join(FRESH, "fonts", `${family}-${style.slice(3)}.ttf`),
      );
}

rmSync(FRESH, { recursive: true, force: true });
mkdirSync(FRESH, { recursive: true });
const entries = files(join(SOURCE, "entries"), ".js");
const at = (names) => names.map((name) => join(SOURCE, "entries", name));
await bundle(at(entries.filter((name) => !BLOCKING.has(name))), { format: "esm", splitting: true });
await bundle(at(entries.filter((name) => BLOCKING.has(name))), { format: "iife" });
await bundle(files(join(SOURCE, "css"), "app.css").map((name) => join(SOURCE, "css", name)));
for (const name of files(join(HERE, "img"))) copyHashed(join(HERE, "img", name));
copyPdfjs();
copyFonts();
const sorted = Object.fromEntries(Object.entries(manifest).sort());
writeFileSync(join(FRESH, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
// Two renames: to delete the large old folder first would leave a running site without its style sheet meanwhile.
rmSync(STALE, { recursive: true, force: true });
if (existsSync(TARGET)) renameSync(TARGET, STALE);
renameSync(FRESH, TARGET);
rmSync(STALE, { recursive: true, force: true });
console.log(`${Object.keys(manifest).length} assets in ${relative(process.cwd(), TARGET)}`);
