//! Output with markup in it, and modules that are any file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use symbolizer::{Files, Filter, Module, Modules, Trim};

/// Whatever is asked for is this file.
struct One<'a>(&'a [u8]);

impl Files for One<'_> {
    fn find(&mut self, _name: &[u8], _build_id: &[u8], attempt: usize) -> Option<Vec<u8>> {
        (attempt == 0).then(|| self.0.to_vec())
    }
}

// Up to the first NUL it is output, behind it is a module.
fuzz_target!(|input: &[u8]| {
    let at = input.iter().position(|byte| *byte == 0).unwrap_or(input.len());
    let (output, file) = input.split_at(at);
    let file = file.get(1..).unwrap_or_default();
    _ = Module::parse(file);
    let filtered = |pieces: &[&[u8]]| {
        let mut modules = Modules::new(One(file));
        let (mut filter, mut text) = (Filter::new(Trim::Runtime), Vec::new());
        for piece in pieces {
            filter.push(piece, &mut modules, &mut text);
        }
        filter.finish(&mut text);
        text
    };
    let whole = filtered(&[output]);
    // However it is cut, it becomes the same.
    let (first, second) = output.split_at(output.len() / 2);
    assert_eq!(filtered(&[first, second]), whole);
    if !output.windows(2).any(|pair| pair == b"{{") && !output.ends_with(b"{") {
        assert_eq!(whole, output);
    }
});
