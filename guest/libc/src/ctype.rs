//! ctype.h, in C's locale.

use core::ffi::{c_int, c_void};

macro_rules! classes {
    ($($name:ident $with_locale:ident = $class:expr;)*) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name(character: c_int) -> c_int {
                let class: fn(u8) -> bool = $class;
                c_int::from(u8::try_from(character).is_ok_and(class))
            }

            #[unsafe(no_mangle)]
            extern "C" fn $with_locale(character: c_int, _locale: *mut c_void) -> c_int {
                $name(character)
            }
        )*
    };
}

classes! {
    isalnum isalnum_l = |byte| byte.is_ascii_alphanumeric();
    isalpha isalpha_l = |byte| byte.is_ascii_alphabetic();
    isblank isblank_l = |byte| matches!(byte, b' ' | b'\t');
    iscntrl iscntrl_l = |byte| byte.is_ascii_control();
    isdigit isdigit_l = |byte| byte.is_ascii_digit();
    isgraph isgraph_l = |byte| byte.is_ascii_graphic();
    islower islower_l = |byte| byte.is_ascii_lowercase();
    isprint isprint_l = |byte| matches!(byte, b' '..=b'~');
    ispunct ispunct_l = |byte| byte.is_ascii_punctuation();
    isspace isspace_l = is_space;
    isupper isupper_l = |byte| byte.is_ascii_uppercase();
    isxdigit isxdigit_l = |byte| byte.is_ascii_hexdigit();
}

/// Whether a byte separates words.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

#[unsafe(no_mangle)]
extern "C" fn tolower(character: c_int) -> c_int {
    u8::try_from(character).map_or(character, |byte| byte.to_ascii_lowercase().into())
}

#[unsafe(no_mangle)]
extern "C" fn toupper(character: c_int) -> c_int {
    u8::try_from(character).map_or(character, |byte| byte.to_ascii_uppercase().into())
}

#[unsafe(no_mangle)]
extern "C" fn isascii(character: c_int) -> c_int {
    c_int::from((0..0x80).contains(&character))
}
