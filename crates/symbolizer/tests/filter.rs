//! Output with markup in it, of a library that the machine's compiler makes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use proptest::prelude::*;
use symbolizer::{Files, Filter, Module, Modules, Trim};

const SOURCE: &str = "\
int value = 1;
static inline __attribute__((always_inline)) int inner(int x) {
  return x / value;
}
int outer(int x) {
  return inner(x) + 1;
}
int __rust_end_short_backtrace(int x) {
  return outer(x) + 2;
}
int __rust_begin_short_backtrace(int x) {
  return outer(x) + 3;
}
int middle(int x) {
  return outer(x) + 4;
}
";

/// A library with DWARF, and one with symbols only.
struct Built {
    file: Vec<u8>,
    bare: Vec<u8>,
    /// In hexadecimal.
    build_id: String,
    /// Names and addresses, as `nm` has them.
    names: Vec<(String, u64)>,
}

static BUILT: LazyLock<Built> = LazyLock::new(|| {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let source = directory.join("symbolized.c");
    fs::write(&source, SOURCE).unwrap();
    let compile = |name: &str, options: &[&str]| -> PathBuf {
        let library = directory.join(name);
        let always =
            ["-O1", "-fno-ipa-sra", "-fPIC", "-shared", "-nostdlib", "-Wl,--build-id=sha1"];
        let mut cc = Command::new("cc");
        cc.args(always).args(options).arg(&source).arg("-o").arg(&library);
        assert!(cc.status().unwrap().success());
        library
    };
    let library = compile("symbolized.so", &["-g", "-gdwarf-5"]);
    let listed = Command::new("nm").arg(&library).output().unwrap();
    let names = String::from_utf8(listed.stdout).unwrap();
    let names = names.lines().filter_map(|line| {
        let [address, _, name] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        Some((name.to_owned(), u64::from_str_radix(address, 16).ok()?))
    });
    let file = fs::read(&library).unwrap();
    let build_id = Module::parse(&file).unwrap().build_id().to_vec();
    Built {
        bare: fs::read(compile("bare.so", &[])).unwrap(),
        build_id: build_id.iter().map(|byte| format!("{byte:02x}")).collect(),
        names: names.collect(),
        file,
    }
});

impl Built {
    fn address(&self, name: &str) -> u64 {
        self.names.iter().find(|(other, _)| other == name).unwrap().1
    }

    /// The context for a program that has the library at `BASE`.
    fn context(&self, name: &str) -> String {
        format!(
            "{{{{{{reset:begin}}}}}}\n\
             {{{{{{module:0x7:{name}:elf:{}}}}}}}\n\
             {{{{{{mmap:{BASE:#x}:0x10000:load:0x7:rx:0x0}}}}}}\n",
            self.build_id,
        )
    }
}

const BASE: u64 = 0x7000_0000;

/// What there is, by name; `other.so` is another file than its name's asker means.
struct Directory(Vec<Vec<u8>>);

impl Files for Directory {
    fn find(&mut self, _name: &[u8], _build_id: &[u8], attempt: usize) -> Option<Vec<u8>> {
        self.0.get(attempt).cloned()
    }
}

fn filtered(trim: Trim, files: &[&[u8]], chunks: &[&[u8]]) -> String {
    let mut modules = Modules::new(Directory(files.iter().map(|file| file.to_vec()).collect()));
    let mut filter = Filter::new(trim);
    let mut output = Vec::new();
    for chunk in chunks {
        filter.push(chunk, &mut modules, &mut output);
    }
    filter.finish(&mut output);
    String::from_utf8(output).unwrap()
}

fn check(trim: Trim, input: &str, expected: &str) {
    let files: [&[u8]; 3] = [b"no ELF", &BUILT.bare, &BUILT.file];
    assert_eq!(filtered(trim, &files, &[input.as_bytes()]), expected);
    let bytes: Vec<&[u8]> = input.as_bytes().chunks(1).collect();
    assert_eq!(filtered(trim, &files, &bytes), expected, "byte by byte");
}

fn source() -> String {
    format!("{}/symbolized.c", env!("CARGO_TARGET_TMPDIR"))
}

#[test]
fn a_backtrace_has_functions_files_and_lines_of_what_is_inlined_too() {
    let source = source();
    let (outer, middle) = (BUILT.address("outer"), BUILT.address("middle"));
    let input = format!(
        "before\n{}{{{{{{bt:0:{:#x}:pc}}}}}}\n{{{{{{bt:1:{:#x}}}}}}}\n{{{{{{reset:end}}}}}}\nafter",
        BUILT.context("libsymbolized.so"),
        BASE + outer + 1,
        // What follows the first instruction of a function is taken for a return to it.
        BASE + middle + 1,
    );
    let mut modules = Modules::new(Directory(vec![BUILT.file.clone()]));
    let module = modules.get(b"", &[]).unwrap();
    let frames = module.frames(outer + 1);
    assert_eq!(frames.last().unwrap().function.as_deref(), Some("outer"));
    let lines: Vec<String> = [frames, module.frames(middle)]
        .concat()
        .into_iter()
        .enumerate()
        .map(|(number, frame)| {
            let [function, file] = [frame.function.unwrap(), frame.file.unwrap()];
            assert_eq!(file, source);
            let (line, column) = (frame.line.unwrap(), frame.column.unwrap());
            format!("{number:>4}: {function}\n             at {file}:{line}:{column}\n")
        })
        .collect();
    check(Trim::Nothing, &input, &format!("before\n{}after", lines.concat()));
}

#[test]
fn an_inlined_function_comes_before_what_it_is_inlined_into() {
    let module = Module::parse(&BUILT.file).unwrap();
    let outer = BUILT.address("outer");
    let names = (outer..outer + 16).map(|address| {
        let frames = module.frames(address);
        frames.into_iter().map(|frame| (frame.function.unwrap(), frame.line.unwrap())).collect()
    });
    let names: Vec<Vec<(String, u32)>> = names.collect();
    assert!(names.contains(&vec![("inner".to_owned(), 3), ("outer".to_owned(), 6)]), "{names:?}");
}

#[test]
fn a_file_with_symbols_only_gives_functions() {
    let module = Module::parse(&BUILT.bare).unwrap();
    let outer = BUILT.address("outer");
    let frames = module.frames(outer + 1);
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0].function.as_deref(), Some("outer"));
    assert_eq!(frames[0].file, None);
}

#[test]
fn a_trace_is_trimmed_to_what_is_between_the_runtimes_frames_if_it_has_them() {
    let frame = |name: &str| format!("{{{{{{bt:0:{:#x}:pc}}}}}}\n", BASE + BUILT.address(name));
    let trace = |names: &[&str]| {
        let frames: String = names.iter().map(|name| frame(name)).collect();
        format!("{}{frames}{{{{{{reset:end}}}}}}\n", BUILT.context("a"))
    };
    let names = |trim, input: &str| -> Vec<String> {
        filtered(trim, &[&BUILT.file], &[input.as_bytes()])
            .lines()
            .filter_map(|line| Some(line.split_once(": ")?.1.to_owned()))
            .collect()
    };
    let [end, begin] = ["__rust_end_short_backtrace", "__rust_begin_short_backtrace"];
    let marked = trace(&["middle", end, "outer", begin, "middle"]);
    let all = names(Trim::Nothing, &marked);
    assert!(all.len() > 4 && all.contains(&end.to_owned()), "{all:?}");
    assert_eq!(names(Trim::Runtime, &marked).last().unwrap(), "outer");
    assert!(!names(Trim::Runtime, &marked).contains(&"middle".to_owned()));
    let unmarked = trace(&["middle", "outer"]);
    assert_eq!(names(Trim::Runtime, &unmarked), names(Trim::Nothing, &unmarked));
}

#[test]
fn addresses_within_a_line_are_replaced_there() {
    let context = BUILT.context("lib.so");
    let middle = BUILT.address("middle");
    let frame = &Module::parse(&BUILT.file).unwrap().frames(middle)[0];
    let (line, column) = (frame.line.unwrap(), frame.column.unwrap());
    check(
        Trim::Runtime,
        &format!("{context}pc {{{{{{pc:{:#x}}}}}}}.\n", BASE + middle),
        &format!("pc middle ({}:{line}:{column}).\n", source()),
    );
    let data = format!("{{{{{{data:{:#x}}}}}}}\n", BASE + BUILT.address("value"));
    check(Trim::Nothing, &format!("{context}{data}"), "value\n");
    check(Trim::Nothing, "{{{symbol:_ZN3foo3barE}}}\n", "foo::bar\n");
}

#[test]
fn what_is_not_known_is_told_as_it_is() {
    check(Trim::Nothing, "{{{bt:3:0x10}}}\n", "   0: 0x10\n");
    check(Trim::Nothing, "at {{{pc:0x10}}}\n", "at 0x10\n");
    check(Trim::Nothing, "[1] {{{bt:3:0x10}}}\n", "[1]    0: 0x10\n");
    let unknown = "{{{module:0:gone.so:elf:00}}}\n{{{mmap:0x1000:0x1000:load:0:rx:0x40}}}\n";
    let expected = "   0: 0x1010 (gone.so+0x50)\n";
    check(Trim::Nothing, &format!("{unknown}{{{{{{bt:0:0x1010}}}}}}\n"), expected);
    // The end of the addresses there are.
    let last =
        "{{{module:0:a:elf:}}}{{{mmap:0xfffffffffffffff0:0x10:load:0:rx:0xffffffffffffffff}}}";
    check(Trim::Nothing, &format!("{last}{{{{{{pc:0xfffffffffffffff8}}}}}}"), "0xfffffffffffffff8");
}

#[test]
fn a_reset_forgets_what_was_told_and_what_comes_last_counts() {
    let name = |context: &str| {
        let pc = format!("{{{{{{pc:{:#x}}}}}}}", BASE + BUILT.address("value"));
        filtered(Trim::Nothing, &[], &[format!("{context}{pc}").as_bytes()])
    };
    let context = BUILT.context("first");
    assert!(name(&context).contains("first"));
    assert!(name(&format!("{context}{}", BUILT.context("second"))).contains("second"));
    assert!(!name(&format!("{context}{{{{{{reset}}}}}}\n")).contains("first"));
}

#[test]
fn what_is_no_element_passes_as_it_is() {
    for text in [
        "",
        "{",
        "{{",
        "{{{",
        "{{{bt",
        "{{{bt:0:0x1}}",
        "{{{{}}}}",
        "{{{x}}}",
        "{{{bt:0}}}\n",
        "{{{bt:\n0:0x1}}}",
        "{ {{ {{{ \n",
        "{\"a\": {\"b\": {}}}",
        "{{{modules}}}",
        "\u{1b}[1m{{{reset",
        "{{{dumpfile:llvm-profdata:x}}}\n",
        "\n\n",
    ] {
        check(Trim::Runtime, text, text);
    }
    let long = format!("{{{{{{symbol:{}}}}}}}", "x".repeat(5000));
    check(Trim::Runtime, &long, &long);
    check(Trim::Runtime, "{{{{symbol:x}}}}", "{x}");
}

#[test]
fn bytes_are_held_only_while_they_may_be_an_element() {
    let mut modules = Modules::new(Directory(Vec::new()));
    let mut filter = Filter::new(Trim::Runtime);
    for (chunk, passed) in [
        ("a{", "a"),
        ("{", ""),
        ("{", ""),
        ("{b", "{"),
        ("t", ""),
        (":", ""),
        ("\n", "{{{bt:\n"),
        ("{", ""),
        ("x", "{x"),
    ] {
        let mut output = Vec::new();
        filter.push(chunk.as_bytes(), &mut modules, &mut output);
        assert_eq!(String::from_utf8(output).unwrap(), passed, "{chunk}");
    }
    assert!(filter.is_idle());
}

proptest! {
    #[test]
    fn any_bytes_in_any_chunks_give_the_same(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just(b"{{{reset}}}\n".to_vec()),
                Just(b"{{{module:1:a:elf:00}}}\n".to_vec()),
                Just(b"{{{mmap:0:0xffff:load:1:rx:0}}}\n".to_vec()),
                Just(b"{{{bt:1:0x10}}}\n".to_vec()),
                Just(b"{{{".to_vec()),
                proptest::collection::vec(any::<u8>(), 0..4),
            ],
            0..12,
        ),
        cut in 0usize..64,
    ) {
        let run = |chunks: &[&[u8]]| {
            let mut modules = Modules::new(Directory(Vec::new()));
            let mut filter = Filter::new(Trim::Runtime);
            let mut output = Vec::new();
            chunks.iter().for_each(|chunk| filter.push(chunk, &mut modules, &mut output));
            filter.finish(&mut output);
            output
        };
        let input = pieces.concat();
        let (head, tail) = input.split_at(cut.min(input.len()));
        prop_assert_eq!(run(&[head, tail]), run(&[&input]));
    }

    #[test]
    fn no_file_makes_it_panic(at in 0usize..10_000, byte in any::<u8>(), size in 0usize..20_000) {
        let mut file = BUILT.file.clone();
        let at = at % file.len();
        file[at] = byte;
        file.truncate(size.max(at));
        if let Some(module) = Module::parse(&file) {
            for address in (0..0x2000).step_by(7).chain([u64::MAX]) {
                let _ = (module.frames(address), module.address_of(address));
            }
        }
    }
}
