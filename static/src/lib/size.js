// Stands in for the size texts of the upload box, which count in 1024: one file has one size on a page.
export { bytes as prettierBytes } from "./words.js";
