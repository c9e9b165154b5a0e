const NO_LINKS = "there are no symbolic links";
const LINUX_ONLY = "compiled for Linux only";

/**
 * The crates whose tests are run, as they were released, which tests differ from Linux, and why, and
 * which of these are not to be begun here.
 *
 * @type {readonly { name: string, version: string, skip?: readonly string[],
 *   differs?: readonly (readonly [RegExp, string])[] }[]}
 */
export const SUITES = [
  { name: "itoa", version: "1.0.19" },
  { name: "num-bigint", version: "0.5.1" },
  { name: "hashbrown", version: "0.17.2" },
  { name: "unicode-segmentation", version: "1.13.3" },
  { name: "memchr", version: "2.8.3" },
  { name: "getrandom", version: "0.4.3" },
  {
    name: "tempfile",
    version: "3.27.0",
    differs: [
      [/: test_pathological_cleaner$/, LINUX_ONLY],
      [/: test_make_uds|::make(_in)? \(/, "there are no sockets in file systems"],
      [/::permissions \(/, "files have no modes for groups and others"],
      [
        /: test_temp_path_resolve_missing_cwd$/,
        "the working directory is a path of the program's own, which nobody takes away",
      ],
    ],
  },
  {
    name: "walkdir",
    version: "2.5.1",
    differs: [
      [/::same_file_system$/, LINUX_ONLY],
      [/::(broken_)?sym_/, NO_LINKS],
    ],
  },
  { name: "parking_lot", version: "0.13.0" },
  { name: "rayon", version: "1.12.0" },
  {
    name: "rustix",
    version: "1.1.6",
    differs: [[/: ioctl::(linux::)?tests::/, LINUX_ONLY]],
  },
  {
    name: "socket2",
    version: "0.6.5",
    // Waits for a thread that could not listen.
    skip: ["sockref::SockRef"],
    differs: [[/: socket2\/src\/(sockaddr|socket|sockref)\.rs - /, "there is no network"]],
  },
  { name: "errno", version: "0.3.15" },
  { name: "fd-lock", version: "4.0.4" },
  {
    name: "fs_extra",
    version: "1.3.0",
    differs: [[/: it_get_folder_size$/, NO_LINKS]],
  },
  {
    name: "glob",
    version: "0.3.4",
    differs: [[/glob-std\.rs: main$/, NO_LINKS]],
  },
  {
    name: "same-file",
    version: "1.0.6",
    differs: [[/::same_(dir|file)_soft$/, NO_LINKS]],
  },
  { name: "crossbeam-utils", version: "0.8.23" },
  { name: "flate2", version: "1.1.11" },
  { name: "atomicwrites", version: "0.4.4" },
  { name: "blocking", version: "1.7.0" },
  { name: "stacker", version: "0.1.25" },
];
