//! Guest programs a few instructions long.

/// `guest_program!(name, "instructions"...)` defines `fn name() -> &'static [u8]`,
/// position-independent code. In it, `zx NUMBER` makes a system call through the tests' own vDSO.
#[macro_export]
macro_rules! guest_program {
    ($name:ident, $($line:literal),+ $(,)?) => {
        std::arch::global_asm!(
            ".section .rodata.guest_programs, \"a\", @progbits",
            ".macro zx number",
            "movabs r11, {vdso} + 8 * \\number",
            "call r11",
            ".endm",
            concat!("guest_program_", stringify!($name), ":"),
            $($line,)+
            concat!("guest_program_", stringify!($name), "_end:"),
            ".purgem zx",
            ".text",
            vdso = const 0x7000_0000_0000u64,
        );

        fn $name() -> &'static [u8] {
            unsafe extern "C" {
                #[link_name = concat!("guest_program_", stringify!($name))]
                static START: u8;
                #[link_name = concat!("guest_program_", stringify!($name), "_end")]
                static END: u8;
            }
            let (start, end) = (&raw const START, &raw const END);
            // SAFETY: the symbols delimit read-only data.
            unsafe { std::slice::from_raw_parts(start, end.addr() - start.addr()) }
        }
    };
}
