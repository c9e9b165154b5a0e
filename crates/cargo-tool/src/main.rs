//! See the library.

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    cargo_tool::main()
}

#[cfg(not(unix))]
fn main() -> std::process::ExitCode {
    eprintln!("zirconia: cargo is not served on this system");
    std::process::ExitCode::FAILURE
}
