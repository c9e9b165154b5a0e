//! Output with markup in it, made output for people.

use std::io::Write as _;

use crate::element::{CLOSING, Element, MAX_ELEMENT, OPENING, may_be_element, parse};
use crate::module::{Frame, demangle};
use crate::modules::{Files, Modules};

/// Modules and parts of them that a program may tell of, at most: it may tell of them forever.
const MAX_TOLD: usize = 1 << 16;

/// What is shown of a backtrace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// All of it.
    Nothing,
    /// What is between the runtime's own frames, which Rust's library marks, if it does.
    Runtime,
}

/// What Rust's library calls programs and threads through, and what it calls to tell of a panic.
const RUNTIME: [&str; 2] = ["__rust_begin_short_backtrace", "__rust_end_short_backtrace"];

/// A file that a program has told of.
struct Told {
    id: u64,
    name: Vec<u8>,
    build_id: Vec<u8>,
}

/// A part of such a file.
struct Mapped {
    start: u64,
    size: u64,
    module: u64,
    address: u64,
}

/// One stream of output, from its beginning to its end.
pub struct Filter {
    trim: Trim,
    /// What may still become an element.
    held: Vec<u8>,
    told: Vec<Told>,
    mapped: Vec<Mapped>,
    /// What a backtrace has so far, while it is held.
    trace: Vec<Entry>,
    /// The number of the next frame.
    number: usize,
    /// Whether nothing but context is on the line so far.
    at_line_start: bool,
    /// Whether the line has an element that leaves nothing, and so ends with nothing.
    is_silent: bool,
}

/// What one address of a backtrace has come to.
struct Entry {
    address: u64,
    frames: Vec<Frame>,
    /// Where it is, as far as the program has told.
    place: Option<(Vec<u8>, u64)>,
}

impl Filter {
    /// For a stream of which nothing has come yet.
    #[must_use]
    pub fn new(trim: Trim) -> Self {
        Self {
            trim,
            held: Vec::new(),
            told: Vec::new(),
            mapped: Vec::new(),
            trace: Vec::new(),
            number: 0,
            at_line_start: true,
            is_silent: false,
        }
    }

    /// Whether bytes without an opening brace would pass as they are.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.held.is_empty() && self.trace.is_empty() && !self.is_silent
    }

    /// Takes what comes next, and appends what it becomes.
    pub fn push<F: Files>(&mut self, bytes: &[u8], modules: &mut Modules<F>, output: &mut Vec<u8>) {
        for byte in bytes {
            self.take(*byte, modules, output);
        }
    }

    /// Nothing more comes: appends what is left.
    pub fn finish(&mut self, output: &mut Vec<u8>) {
        self.end_trace(output);
        output.append(&mut self.held);
    }

    fn take<F: Files>(&mut self, byte: u8, modules: &mut Modules<F>, output: &mut Vec<u8>) {
        if self.held.len() < OPENING.len() {
            if byte == b'{' {
                self.held.push(byte);
            } else {
                self.release(output);
                self.pass(byte, output);
            }
            return;
        }
        if byte == b'{' && self.held == OPENING {
            // One brace more than there are in an opening is text.
            self.pass(byte, output);
            return;
        }
        self.held.push(byte);
        let content = &self.held[OPENING.len()..];
        if let Some(content) = content.strip_suffix(CLOSING) {
            let content = content.to_vec();
            match parse(&content) {
                Some(element) => {
                    self.held.clear();
                    self.show(element, modules, output);
                }
                None => self.release(output),
            }
        } else if byte == b'\n' || self.held.len() > MAX_ELEMENT || !may_be_element(content) {
            // What broke it off may begin another.
            self.held.pop();
            self.release(output);
            self.take(byte, modules, output);
        }
    }

    /// What is held is text.
    fn release(&mut self, output: &mut Vec<u8>) {
        for byte in std::mem::take(&mut self.held) {
            self.pass(byte, output);
        }
    }

    /// Text.
    fn pass(&mut self, byte: u8, output: &mut Vec<u8>) {
        if byte == b'\n' && self.is_silent && self.at_line_start {
            self.is_silent = false;
            return;
        }
        self.end_trace(output);
        self.is_silent = false;
        self.at_line_start = byte == b'\n';
        output.push(byte);
    }

    fn show<F: Files>(
        &mut self,
        element: Element<'_>,
        modules: &mut Modules<F>,
        output: &mut Vec<u8>,
    ) {
        match element {
            Element::Reset => {
                self.end_trace(output);
                self.told.clear();
                self.mapped.clear();
                self.number = 0;
                self.be_silent();
            }
            Element::Module { id, name, build_id } => {
                if self.told.len() < MAX_TOLD {
                    self.told.push(Told { id, name: name.to_vec(), build_id });
                }
                self.be_silent();
            }
            Element::Mmap { start, size, module, address } => {
                if self.mapped.len() < MAX_TOLD {
                    self.mapped.push(Mapped { start, size, module, address });
                }
                self.be_silent();
            }
            Element::Backtrace { address, exact } => {
                let entry = self.resolve(address, exact, modules);
                if !self.at_line_start {
                    let text = format!("{:>4}: {}", self.number, in_line(&entry));
                    self.number += 1;
                    self.text(&text, output);
                    return;
                }
                self.trace.push(entry);
                if self.trim == Trim::Nothing || self.trace.len() >= MAX_TOLD {
                    self.end_trace(output);
                }
                self.be_silent();
            }
            Element::Code { address, exact } => {
                let entry = self.resolve(address, exact, modules);
                self.text(&in_line(&entry), output);
            }
            Element::Data { address } => {
                let place = self.place(address);
                let symbol = place.as_ref().and_then(|(told, address)| {
                    modules.get(&told.name, &told.build_id)?.symbol(*address).map(demangle)
                });
                self.text(&symbol.unwrap_or_else(|| format!("{address:#x}")), output);
            }
            Element::Symbol { name } => {
                self.text(&demangle(&String::from_utf8_lossy(name)), output);
            }
        }
    }

    /// The element leaves nothing, nor does its line if nothing else is on it.
    fn be_silent(&mut self) {
        self.is_silent |= self.at_line_start;
    }

    fn text(&mut self, text: &str, output: &mut Vec<u8>) {
        text.bytes().for_each(|byte| self.pass(byte, output));
    }

    /// The file that an address is in, and the address according to it.
    fn place(&self, address: u64) -> Option<(&Told, u64)> {
        // What was told last is so now.
        self.mapped.iter().rev().find_map(|part| {
            let within = address.checked_sub(part.start).filter(|at| *at < part.size)?;
            let told = self.told.iter().rev().find(|told| told.id == part.module)?;
            Some((told, part.address.checked_add(within)?))
        })
    }

    fn resolve<F: Files>(&self, address: u64, exact: bool, modules: &mut Modules<F>) -> Entry {
        let call = if exact { address } else { address.saturating_sub(1) };
        let Some((told, within)) = self.place(call) else {
            return Entry { address, frames: Vec::new(), place: None };
        };
        let module = modules.get(&told.name, &told.build_id);
        let frames = module.map(|module| module.frames(within)).unwrap_or_default();
        Entry { address, frames, place: Some((told.name.clone(), within + (address - call))) }
    }

    /// Writes the backtrace that is held.
    fn end_trace(&mut self, output: &mut Vec<u8>) {
        let trace = std::mem::take(&mut self.trace);
        let begins = |entry: &Entry| is_runtime(entry, RUNTIME[0]);
        let ends = |entry: &Entry| is_runtime(entry, RUNTIME[1]);
        let mut shown = trace.as_slice();
        if self.trim == Trim::Runtime {
            if let Some(last) = shown.iter().position(ends) {
                shown = &shown[last + 1..];
            }
            if let Some(first) = shown.iter().position(begins) {
                shown = &shown[..first];
            }
        }
        for entry in shown {
            self.write_entry(entry, output);
        }
    }

    fn write_entry(&mut self, entry: &Entry, output: &mut Vec<u8>) {
        // Writing to a vector does not fail.
        if entry.frames.is_empty() {
            let _ = writeln!(output, "{:>4}: {}", self.number, in_line(entry));
            self.number += 1;
        }
        for frame in &entry.frames {
            let _ = writeln!(output, "{:>4}: {}", self.number, frame.function());
            if let Some(location) = frame.location() {
                let _ = writeln!(output, "             at {location}");
            }
            self.number += 1;
        }
    }
}

/// Whether an address is in one of the functions by which Rust's library marks its own.
fn is_runtime(entry: &Entry, name: &str) -> bool {
    let functions = entry.frames.iter().filter_map(|frame| frame.function.as_deref());
    functions.into_iter().any(|function| function.contains(name))
}

/// An address within a line.
fn in_line(Entry { address, frames, place }: &Entry) -> String {
    match (frames.first(), place) {
        (Some(frame), _) => frame.to_string(),
        (None, Some((name, within))) => {
            format!("{address:#x} ({}+{within:#x})", String::from_utf8_lossy(name))
        }
        (None, None) => format!("{address:#x}"),
    }
}
