// The types of the package's main entry.
export * from "./dist/index.js";
