//! Elements of the markup: what is between triple braces.

/// Bytes of an element, at most. What is longer is none.
pub const MAX_ELEMENT: usize = 4096;

/// What elements begin with.
pub const OPENING: &[u8] = b"{{{";
/// What elements end with.
pub const CLOSING: &[u8] = b"}}}";

/// The elements that are understood, by their tags.
const TAGS: [&[u8]; 7] = [b"reset", b"module", b"mmap", b"bt", b"pc", b"data", b"symbol"];

/// An element that is understood.
#[derive(Debug, PartialEq)]
pub enum Element<'a> {
    /// What was told of modules is no longer so.
    Reset,
    /// A file that is mapped.
    Module { id: u64, name: &'a [u8], build_id: Vec<u8> },
    /// A part of a module, and where in memory it is.
    Mmap {
        start: u64,
        size: u64,
        module: u64,
        /// Where the part is according to the module.
        address: u64,
    },
    /// A frame of a backtrace.
    Backtrace { address: u64, exact: bool },
    /// An address of code.
    Code { address: u64, exact: bool },
    /// An address of data.
    Data { address: u64 },
    /// A linker's name.
    Symbol { name: &'a [u8] },
}

/// Whether bytes after the opening braces may still become an element that is understood.
pub fn may_be_element(content: &[u8]) -> bool {
    TAGS.iter().any(|tag| match content.get(..tag.len()) {
        Some(head) => {
            head == *tag && content.get(tag.len()).is_none_or(|byte| b":}".contains(byte))
        }
        None => tag.starts_with(content),
    })
}

/// Reads what is between the braces; `None` if it makes no sense.
pub fn parse(content: &[u8]) -> Option<Element<'_>> {
    let mut fields = content.split(|byte| *byte == b':');
    let tag = fields.next()?;
    let fields: Vec<&[u8]> = fields.collect();
    match (tag, fields.as_slice()) {
        (b"reset", _) => Some(Element::Reset),
        // A name may be a path with colons in it.
        (b"module", [id, name @ .., b"elf", build_id]) if !name.is_empty() => {
            let id = number(id)?;
            let before = content.len() - build_id.len() - b":elf:".len();
            let name = content.get(b"module:".len() + fields[0].len() + 1..before)?;
            Some(Element::Module { id, name, build_id: bytes(build_id)? })
        }
        (b"mmap", [start, size, b"load", module, _flags, address]) => Some(Element::Mmap {
            start: number(start)?,
            size: number(size)?,
            module: number(module)?,
            address: number(address)?,
        }),
        (b"bt", [_number, address, rest @ ..]) => {
            Some(Element::Backtrace { address: number(address)?, exact: is_exact(rest, false) })
        }
        (b"pc", [address, rest @ ..]) => {
            Some(Element::Code { address: number(address)?, exact: is_exact(rest, true) })
        }
        (b"data", [address]) => Some(Element::Data { address: number(address)? }),
        (b"symbol", [_, ..]) => Some(Element::Symbol { name: &content[b"symbol:".len()..] }),
        _ => None,
    }
}

/// Whether an address is that of an instruction, and not of what follows a call.
fn is_exact(fields: &[&[u8]], default: bool) -> bool {
    match fields.first() {
        Some(&b"pc") => true,
        Some(&b"ra") => false,
        _ => default,
    }
}

/// A number as in C: decimal, or hexadecimal after `0x`.
fn number(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.strip_prefix("0x");
    let (digits, radix) = digits.map_or((text, 10), |digits| (digits, 16));
    // A sign is a digit to what reads it.
    if digits.starts_with('+') {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

/// Bytes in hexadecimal.
fn bytes(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    let pair = |pair: &[u8]| match *pair {
        [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    };
    text.chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_as_documented() {
        let module = |name, build_id: &[u8]| {
            Some(Element::Module { id: 1, name, build_id: build_id.to_vec() })
        };
        let check = |content: &str, expected: Option<Element<'_>>| {
            assert_eq!(parse(content.as_bytes()), expected, "{content}");
        };
        check("reset", Some(Element::Reset));
        check("reset:begin", Some(Element::Reset));
        check("module:1:libc.so:elf:83238ab5", module(b"libc.so", &[0x83, 0x23, 0x8a, 0xb5]));
        check("module:0x1:/a: b/c:elf:00", module(b"/a: b/c", &[0]));
        check("module:1::elf:", module(b"", &[]));
        check("module:1:a:elf:0", None);
        check("module:1:a:pe:00", None);
        check("module:1:elf:00", None);
        let mmap = Element::Mmap { start: 0x1000, size: 16, module: 2, address: 0x40 };
        check("mmap:0x1000:16:load:2:rx:0x40", Some(mmap));
        check("mmap:0x1000:16:load:2:rx", None);
        check("bt:0:0x10", Some(Element::Backtrace { address: 16, exact: false }));
        check("bt:0:0x10:pc", Some(Element::Backtrace { address: 16, exact: true }));
        check("pc:0x10", Some(Element::Code { address: 16, exact: true }));
        check("pc:0x10:ra", Some(Element::Code { address: 16, exact: false }));
        check("pc:0x", None);
        check("pc:+1", None);
        check("pc:0x1ffffffffffffffff", None);
        check("data:8", Some(Element::Data { address: 8 }));
        check("symbol:a:b", Some(Element::Symbol { name: b"a:b" }));
        check("", None);
    }

    #[test]
    fn what_cannot_become_an_element_is_known_early() {
        for content in ["", "b", "bt", "bt:", "bt:anything", "reset}"] {
            assert!(may_be_element(content.as_bytes()), "{content}");
        }
        for content in ["x", "btx", "resets", "B", " bt", "\"a\": 1"] {
            assert!(!may_be_element(content.as_bytes()), "{content}");
        }
    }
}
