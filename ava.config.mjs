export default {
  files: ["__test__/**/*.spec.ts"],
  extensions: { ts: "module" },
  nodeArguments: ["--import=tsx"],
  // Each spec file gets a process of its own: a kernel's guests die with it.
  workerThreads: false,
  // Without a sign of life. A busy machine needs its time; what hangs is found all the same.
  timeout: "5m",
};
