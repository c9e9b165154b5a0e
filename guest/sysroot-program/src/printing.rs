//! The `printf` family, and what strings say of errors.

use core::ffi::{CStr, c_char, c_int};
use core::ptr;

use crate::{c, check};

/// Formats, and checks text and size.
macro_rules! says {
    ($expected:literal, $format:literal $(, $arg:expr)*) => {{
        let mut text = [1; 400];
        // SAFETY: the format asks for these arguments.
        let size = unsafe {
            c::snprintf(text.as_mut_ptr(), text.len(), $format.as_ptr() $(, $arg)*)
        };
        // SAFETY: it has been written, with a NUL.
        let text = unsafe { CStr::from_ptr(text.as_ptr()) };
        if text != $expected || size as usize != $expected.to_bytes().len() {
            crate::wrong(stringify!($format), line!());
            // SAFETY: both are strings.
            unsafe { c::fprintf(c::stderr, c"    says %s\n".as_ptr(), text.as_ptr()) };
        }
    }};
}

pub fn check_all() {
    integers();
    texts();
    floats();
    hexadecimal_floats();
    long_floats();
    wide_texts();
    sizes();
    errors();
    // SAFETY: the formats ask for these arguments.
    unsafe {
        c::printf(c"%s %d\n".as_ptr(), c"printed".as_ptr(), 1 as c_int);
        c::puts(c"put".as_ptr());
        c::fprintf(c::stdout, c"%.*s".as_ptr(), 0 as c_int, c"".as_ptr());
    }
}

fn integers() {
    says!(c"0 -1 2147483647 -2147483648", c"%d %i %d %d", 0_i32, -1_i32, i32::MAX, i32::MIN);
    says!(
        c"4294967295 ffffffff FFFFFFFF 37777777777",
        c"%u %x %X %o",
        u32::MAX,
        u32::MAX,
        u32::MAX,
        u32::MAX
    );
    says!(c"-9223372036854775808 18446744073709551615", c"%ld %llu", i64::MIN, u64::MAX);
    says!(c"-1 255 -1 65535", c"%hhd %hhu %hd %hu", 0xff_i32, 0xff_i32, 0xffff_i32, 0xffff_i32);
    says!(c"7 8 9", c"%zu %jd %td", 7_usize, 8_i64, 9_isize);
    says!(
        c"[    5][5    ][00005][+5][ 5]",
        c"[%5d][%-5d][%05d][%+d][% d]",
        5_i32,
        5_i32,
        5_i32,
        5_i32,
        5_i32
    );
    says!(c"[  005][-0005][00-5]", c"[%5.3d][%05d][00%d]", 5_i32, -5_i32, -5_i32);
    says!(c"[][0x0001][0x1a][01]", c"[%.0d][%#06x][%#x][%#o]", 0_i32, 1_i32, 26_i32, 1_i32);
    says!(
        c"[0][01][001][017][00000017]",
        c"[%#.0o][%#o][%#.3o][%#o][%#08o]",
        0_i32,
        1_i32,
        1_i32,
        15_i32,
        15_i32
    );
    says!(c"[   7][7   ]", c"[%*d][%*d]", 4_i32, 7_i32, -4_i32, 7_i32);
    says!(
        c"1 2 3 4 5 6 7 8 9",
        c"%d %d %d %d %d %d %d %d %d",
        1_i32,
        2_i32,
        3_i32,
        4_i32,
        5_i32,
        6_i32,
        7_i32,
        8_i32,
        9_i32
    );
    says!(c"0x10", c"%p", ptr::without_provenance::<u8>(16));
}

fn texts() {
    let text = c"text".as_ptr();
    says!(
        c"[text][  text][text  ][te][]",
        c"[%s][%6s][%-6s][%.2s][%.0s]",
        text,
        text,
        text,
        text,
        text
    );
    says!(c"[(null)]", c"[%s]", ptr::null::<c_char>());
    says!(c"[a][  b]%", c"[%c][%3c]%%", b'a' as c_int, b'b' as c_int);
    says!(c"%y %", c"%y %");
    says!(c"%5", c"%5");
    let mut count = 0 as c_int;
    says!(c"abc", c"abc%n", &mut count as *mut c_int);
    check!(count == 3);
}

fn floats() {
    says!(c"1.500000 -0.250000 0.333", c"%f %f %.3f", 1.5, -0.25, 1.0 / 3.0);
    says!(
        c"[   1.50][1.50   ][0001.50][+1.5]",
        c"[%7.2f][%-7.2f][%07.2f][%+.1f]",
        1.5,
        1.5,
        1.5,
        1.5
    );
    says!(c"1.234568e+04 1.0E-07 0e+00", c"%e %.1E %.0e", 12345.678, 1e-7, 0.0);
    says!(
        c"0.0001 1e-05 100000 1e+06 12345.7 0",
        c"%g %g %g %g %g %g",
        1e-4,
        1e-5,
        1e5,
        1e6,
        12345.678,
        0.0
    );
    says!(c"inf -inf nan", c"%f %e %g", f64::INFINITY, f64::NEG_INFINITY, f64::NAN);
    says!(c"INF -INF NAN", c"%F %E %G", f64::INFINITY, f64::NEG_INFINITY, f64::NAN);
    says!(c"[1.][1.e+00][1.00000][1.]", c"[%#.0f][%#.0e][%#g][%#.1g]", 1.0, 1.0, 1.0, 1.0);
    says!(c"1 1.5 2 2.5", c"%d %.1f %d %.1f", 1_i32, 1.5, 2_i32, 2.5);
    says!(
        c"1 2 3 4 5 6 7 8 9 10",
        c"%g %g %g %g %g %g %g %g %g %g",
        1.0,
        2.0,
        3.0,
        4.0,
        5.0,
        6.0,
        7.0,
        8.0,
        9.0,
        10.0
    );
}

fn hexadecimal_floats() {
    says!(
        c"0x1.921fb54442d18p+1 -0X1.8P+0 0x0p+0 0x1p-1074 0X1.FFFFFFFFFFFFFP+1023",
        c"%a %A %a %a %A",
        core::f64::consts::PI,
        -1.5,
        0.0,
        f64::from_bits(1),
        f64::MAX
    );
    // Halves go to the even digit.
    says!(
        c"0x1.0p+0 0x1.2p+0 0x2p+0 0x1.99ap-4",
        c"%.1a %.1a %.0a %.3a",
        1.03125,
        1.09375,
        1.5,
        0.1
    );
    says!(
        c"[0x00001p+0][+0x1p+0   ][0x1.p+0][0x1.00000000000000p+0]",
        c"[%010a][%-+10a][%#a][%.14a]",
        1.0,
        1.0,
        1.0,
        1.0
    );
    says!(c"inf -INF", c"%a %A", f64::INFINITY, f64::NEG_INFINITY);
}

/// More digits than a double has.
fn long_floats() {
    let mut text = [0 as c_char; 1200];
    let mut show = |format: &CStr, value: f64| {
        // SAFETY: there is room for the size passed, and the format asks for a double.
        let size =
            unsafe { c::snprintf(text.as_mut_ptr(), text.len(), format.as_ptr(), value) } as usize;
        (size, text.map(|byte| byte as u8))
    };
    let least = f64::from_bits(1);
    let (size, text) = show(c"%.1100f", least);
    check!(size == 1102 && text[..325].iter().all(|&byte| matches!(byte, b'0' | b'.')));
    check!(text[325..330] == *b"49406" && text[1075] == b'5');
    check!(text[1076..1102].iter().all(|&byte| byte == b'0') && text[1102] == 0);
    let (size, text) = show(c"%.1100e", least);
    check!(size == 1107 && text[..6] == *b"4.9406" && text[1096..1107] == *b"000000e-324");
    let (size, text) = show(c"%#.1100g", 1.0);
    check!(size == 1101 && text[..3] == *b"1.0" && text[1100] == b'0' && text[1101] == 0);
    let (size, text) = show(c"%.1100g", 0.5);
    check!(size == 3 && text[..4] == *b"0.5\0");
}

fn wide_texts() {
    let text = ['\u{e9}', 'x', '\0'].map(|character| character as c_int);
    let (one, other) = (text[0], text[1]);
    let text = text.as_ptr();
    says!(
        c"[\u{e9}x][  \u{e9}x][\u{e9}x  ][\u{e9}][\u{e9}][][\u{e9}x]",
        c"[%ls][%5ls][%-5ls][%.2ls][%.2S][%.1ls][%S]",
        text,
        text,
        text,
        text,
        text,
        text,
        text
    );
    says!(
        c"[\u{e9}][ x][x][(null)]",
        c"[%lc][%2lc][%C][%ls]",
        one,
        other,
        other,
        ptr::null::<c_int>()
    );
    let wrong = [one, 0x11_0000];
    let mut out = [1; 8];
    // SAFETY: there is room for the size passed; what is no character is not gone past.
    unsafe {
        let format = c"%ls".as_ptr();
        check!(c::snprintf(out.as_mut_ptr(), out.len(), format, wrong.as_ptr()) == -1);
        check!(*c::__errno_location() == 84);
        let format = c"%.2ls".as_ptr();
        check!(c::snprintf(out.as_mut_ptr(), out.len(), format, wrong.as_ptr()) == 2);
    }
}

/// What is cut to fit.
fn sizes() {
    let mut text = [1; 4];
    let mut cut = |size| {
        // SAFETY: the text has at least this size.
        unsafe { c::snprintf(text.as_mut_ptr(), size, c"%s".as_ptr(), c"abcdef".as_ptr()) }
    };
    check!(cut(0) == 6 && cut(1) == 6 && cut(4) == 6);
    check!(text == [b'a' as c_char, b'b' as c_char, b'c' as c_char, 0]);
}

fn errors() {
    let mut text = [1; 64];
    // SAFETY: the texts have the sizes passed.
    unsafe {
        check!(c::strerror_r(2, text.as_mut_ptr(), text.len()) == 0);
        check!(c::strcmp(text.as_ptr(), c"No such file or directory".as_ptr()) == 0);
        check!(c::strerror_r(2, text.as_mut_ptr(), 3) == 34);
        check!(c::strcmp(text.as_ptr(), c"No".as_ptr()) == 0);
        check!(c::strerror_r(-1, text.as_mut_ptr(), text.len()) == 0);
        *c::__errno_location() = 2;
    }
    says!(c"[No such file or directory][No]", c"[%m][%.2m]");
}
