// Replaces the upload box's own size texts, which count in 1024: one file has one size on a page.
export { bytes as prettierBytes } from "./words.js";
