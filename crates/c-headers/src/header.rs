//! One header, and what all of them begin and end with.

/// A header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Where it is, as it stands in `#include`.
    pub path: &'static str,
    /// What it holds.
    pub text: String,
}

impl Header {
    /// A header with a line about what it is for, the headers that it needs, and its parts, which
    /// an empty line keeps apart.
    pub(crate) fn new(
        path: &'static str,
        about: &str,
        needs: &[&str],
        parts: impl IntoIterator<Item = String>,
    ) -> Self {
        let guard = path.replace(['/', '.'], "_").to_uppercase() + "_";
        let mut sections = vec![
            format!(
                "// {about}\n//\n// SPDX-License-Identifier: Apache-2.0 OR MIT\n\
                 // Written from Zirconia's tables (crates/c-headers): changes here are lost.\n"
            ),
            format!("#ifndef {guard}\n#define {guard}\n"),
        ];
        if !needs.is_empty() {
            sections.push(needs.iter().map(|path| format!("#include <{path}>\n")).collect());
        }
        sections.extend(parts.into_iter().filter(|part| !part.is_empty()));
        sections.push(format!("#endif  // {guard}\n"));
        Self { path, text: sections.join("\n") }
    }
}

/// Declarations with C's linkage.
pub(crate) fn declarations(text: &str) -> String {
    format!("__BEGIN_CDECLS\n\n{text}\n__END_CDECLS\n")
}
