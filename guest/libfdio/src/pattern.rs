//! Patterns of a shell's, for the name of one entry.

use alloc::string::String;
use alloc::vec::Vec;

/// What a name is to be like.
pub struct Pattern(Vec<Part>);

enum Part {
    /// This character.
    Exact(char),
    /// Any character.
    Any,
    /// Any number of characters.
    Star,
    /// A character that one of these takes, or that none of them takes.
    Set { members: Vec<Member>, is_inverted: bool },
}

enum Member {
    Range(char, char),
    Class(fn(char) -> bool),
}

impl Pattern {
    /// Whether a backslash takes what follows as it is, is the caller's to say.
    pub fn new(text: &str, has_escapes: bool) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((character, after)) = split(rest) {
            let (part, after) = match character {
                '*' => (Part::Star, after),
                '?' => (Part::Any, after),
                // What is never closed is no set.
                '[' => set(after).unwrap_or((Part::Exact('['), after)),
                '\\' if has_escapes => split(after)
                    .map_or((Part::Exact('\\'), after), |(next, after)| (Part::Exact(next), after)),
                _ => (Part::Exact(character), after),
            };
            parts.push(part);
            rest = after;
        }
        Self(parts)
    }

    /// The only name that it takes, unless it may take others.
    pub fn exact(&self) -> Option<Vec<u8>> {
        let character = |part: &Part| match part {
            Part::Exact(character) => Some(*character),
            _ => None,
        };
        let name: Option<String> = self.0.iter().map(character).collect();
        name.map(String::into_bytes)
    }

    /// Whether it begins with a dot, as a pattern for hidden names does.
    pub fn is_dotted(&self) -> bool {
        matches!(self.0.first(), Some(Part::Exact('.')))
    }

    /// Whether it takes a name.
    pub fn takes(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut part, mut at) = (0, 0);
        // The last star, and up to where it takes the name: only it may take more.
        let mut star = None;
        loop {
            match (self.0.get(part), name.get(at)) {
                (Some(Part::Star), _) => {
                    part += 1;
                    star = Some((part, at));
                    continue;
                }
                (Some(wanted), Some(&character)) if wanted.takes(character) => {
                    part += 1;
                    at += 1;
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            match star {
                Some((after, taken)) if taken < name.len() => {
                    star = Some((after, taken + 1));
                    (part, at) = (after, taken + 1);
                }
                _ => return false,
            }
        }
    }
}

impl Part {
    /// Whether it takes one character, which a star never says.
    fn takes(&self, character: char) -> bool {
        match self {
            Self::Exact(exact) => *exact == character,
            Self::Any => true,
            Self::Star => false,
            Self::Set { members, is_inverted } => {
                let is_member = members.iter().any(|member| match *member {
                    Member::Range(first, last) => (first..=last).contains(&character),
                    Member::Class(has) => has(character),
                });
                is_member != *is_inverted
            }
        }
    }
}

/// Reads a set, behind its bracket, and returns what follows. Nothing if it does not end.
fn set(text: &str) -> Option<(Part, &str)> {
    let mut rest = text;
    let is_inverted = rest.starts_with(['!', '^']);
    if is_inverted {
        rest = &rest[1..];
    }
    let mut members = Vec::new();
    loop {
        let (first, after) = split(rest)?;
        rest = after;
        // The first one is a member.
        if first == ']' && !members.is_empty() {
            return Some((Part::Set { members, is_inverted }, rest));
        }
        let (first, after) = match (first, rest.chars().next()) {
            ('[', Some(mark @ (':' | '.' | '='))) => {
                let (name, after) = named(&rest[1..], mark)?;
                if mark == ':' {
                    members.push(Member::Class(class(name)));
                    rest = after;
                    continue;
                }
                // A character by its name, which is itself.
                (name.chars().next()?, after)
            }
            _ => (first, rest),
        };
        rest = after;
        let range = rest.strip_prefix('-').and_then(split).filter(|(last, _)| *last != ']');
        let last = range.map_or(first, |(last, after)| {
            rest = after;
            last
        });
        members.push(Member::Range(first, last));
    }
}

/// A name up to its mark and the bracket behind that, and what follows.
fn named(text: &str, mark: char) -> Option<(&str, &str)> {
    let end = text.match_indices(mark).find(|&(at, _)| text[at + 1..].starts_with(']'))?.0;
    Some((&text[..end], &text[end + 2..]))
}

/// The first character, and what follows.
fn split(text: &str) -> Option<(char, &str)> {
    let first = text.chars().next()?;
    Some((first, &text[first.len_utf8()..]))
}

/// The characters of a class, by its name (`iswctype`). No other name has any.
fn class(name: &str) -> fn(char) -> bool {
    match name {
        "alnum" => char::is_alphanumeric,
        "alpha" => char::is_alphabetic,
        "blank" => |character| matches!(character, ' ' | '\t'),
        "cntrl" => char::is_control,
        "digit" => |character| character.is_ascii_digit(),
        "graph" => |character| !character.is_control() && !character.is_whitespace(),
        "lower" => char::is_lowercase,
        "print" => |character| !character.is_control(),
        "punct" => |character| {
            !character.is_control() && !character.is_whitespace() && !character.is_alphanumeric()
        },
        "space" => char::is_whitespace,
        "upper" => char::is_uppercase,
        "xdigit" => |character| character.is_ascii_hexdigit(),
        _ => |_| false,
    }
}
