//! Constants, as macros.

use std::fmt::Write as _;

use bitflags::Flags;

/// A macro that is a number of a type.
pub fn constant(name: &str, c_type: &str, value: impl Into<u64>) -> String {
    define(name, &format!("(({c_type}){})", number(value.into())))
}

/// A macro.
pub fn define(name: &str, value: &str) -> String {
    format!("#define {name} {value}\n")
}

/// A number as C writes those without a sign.
fn number(value: u64) -> String {
    match value {
        0..10 => format!("{value}u"),
        10..=0xffff_ffff => format!("{value:#x}u"),
        _ => format!("{value:#x}ull"),
    }
}

/// Constants of one type whose names begin alike.
pub fn constants<T: Into<u64>>(
    prefix: &str,
    c_type: &str,
    values: impl IntoIterator<Item = (&'static str, T)>,
) -> String {
    let one = |(name, value)| constant(&format!("{prefix}{name}"), c_type, value);
    values.into_iter().map(one).collect()
}

/// The single bits of a set of flags that have names.
pub fn bits<F: Flags>(prefix: &str, c_type: &str) -> String
where
    F::Bits: Into<u64>,
{
    let mut text = String::new();
    for flag in F::FLAGS {
        let bits: u64 = flag.value().bits().into();
        if bits.is_power_of_two() && flag.is_named() {
            let position = bits.trailing_zeros();
            let _ = writeln!(text, "#define {prefix}{} (({c_type})1u << {position})", flag.name());
        }
    }
    text
}

/// Constants of zx-abi, whose names there are C's less the `ZX_`.
macro_rules! zx {
    ($c_type:literal: $($name:ident),* $(,)?) => {
        crate::constants::constants(
            "ZX_",
            $c_type,
            [$((stringify!($name), zx_abi::$name as u64)),*],
        )
    };
}

/// All variants of an enum of zx-abi, by the names that C knows them by.
macro_rules! variants {
    ($prefix:literal $c_type:literal $of:ident: $($variant:ident $name:literal),* $(,)?) => {{
        // Every variant is given.
        #[allow(dead_code)]
        fn all(value: zx_abi::$of) {
            match value {
                $(zx_abi::$of::$variant => {})*
            }
        }
        crate::constants::constants(
            $prefix,
            $c_type,
            [$(($name, zx_abi::$of::$variant as u64)),*],
        )
    }};
}

pub(crate) use {variants, zx};
