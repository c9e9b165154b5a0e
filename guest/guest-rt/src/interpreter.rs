//! The first line of an executable that is a script (sdk/lib/fdio/spawn.cc).

use zx_abi::{Result, Status};

use crate::resolver::MAX_NAME;

const RESOLVE: &[u8] = b"#!resolve ";

/// Bytes of an executable that are looked at: as long as its line may be.
pub const HEAD_SIZE: usize = RESOLVE.len() + MAX_NAME;

/// What a `#!` line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive<'a> {
    /// The executable is what a name stands for.
    Resolve(&'a [u8]),
    /// The executable is this one, which gets the argument, if there is one, and then the script.
    Interpret(&'a [u8], Option<&'a [u8]>),
}

/// Reads the `#!` line of the beginning of an executable, if it has one. The line ends with a newline
/// or a NUL.
///
/// # Errors
/// OUT_OF_RANGE if it does not end there; INVALID_ARGS for a line without an interpreter.
pub fn directive(head: &[u8]) -> Result<Option<Directive<'_>>> {
    if !head.starts_with(b"#!") {
        return Ok(None);
    }
    let end = head.iter().position(|byte| matches!(byte, b'\n' | 0)).ok_or(Status::OUT_OF_RANGE)?;
    let line = head.get(..end).unwrap_or_default();
    if let Some(name) = line.strip_prefix(RESOLVE) {
        return Ok(Some(Directive::Resolve(name)));
    }
    let rest = skip_blanks(line.get(2..).unwrap_or_default());
    let (interpreter, rest) =
        rest.split_at(rest.iter().position(|&byte| is_blank(byte)).unwrap_or(rest.len()));
    if interpreter.is_empty() {
        return Err(Status::INVALID_ARGS);
    }
    let argument = skip_blanks(rest);
    Ok(Some(Directive::Interpret(interpreter, (!argument.is_empty()).then_some(argument))))
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_blank(byte)).unwrap_or(text.len());
    text.get(start..).unwrap_or_default()
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_an_interpreter_and_one_argument() {
        let interpret = |path, argument| Ok(Some(Directive::Interpret(path, argument)));
        for (line, expected) in [
            (&b"#!/bin/sh\n"[..], interpret(&b"/bin/sh"[..], None)),
            (b"#! \t/bin/sh \t\n", interpret(b"/bin/sh", None)),
            (b"#!/bin/sh -e  -x \nrest", interpret(b"/bin/sh", Some(&b"-e  -x "[..]))),
            (b"#!/bin/sh\0\n", interpret(b"/bin/sh", None)),
            (b"#!resolve fuchsia-pkg://a\n", Ok(Some(Directive::Resolve(b"fuchsia-pkg://a")))),
            (b"#!resolve \n", Ok(Some(Directive::Resolve(b"")))),
            (b"#!resolve\n", interpret(b"resolve", None)),
            (b"#!\n", Err(Status::INVALID_ARGS)),
            (b"#! \t\n", Err(Status::INVALID_ARGS)),
            (b"#!/bin/sh", Err(Status::OUT_OF_RANGE)),
            (b"\x7fELF", Ok(None)),
            (b"# !", Ok(None)),
            (b"", Ok(None)),
        ] {
            assert_eq!(directive(line), expected, "{}", line.escape_ascii());
        }
    }
}
