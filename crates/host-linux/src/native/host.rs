//! What native execution needs of the computer.

/// Whether guests can run here.
pub fn can_run() -> bool {
    true
}

/// Whether waiting at a seccomp listener ends when nobody is left (Linux 6.11).
pub fn listener_wakes_at_end() -> bool {
    kernel_release() >= (6, 11)
}

/// Whether programs may use `rdfsbase` and its kin (HWCAP2_FSGSBASE; Linux 5.9).
pub fn lets_programs_set_bases() -> bool {
    const HWCAP2_FSGSBASE: usize = 1 << 1;
    rustix::param::linux_hwcap().1 & HWCAP2_FSGSBASE != 0
}

/// Major and minor number of the running kernel; 0.0 if it does not say.
fn kernel_release() -> (u32, u32) {
    let name = rustix::system::uname();
    let release = name.release().to_str().unwrap_or_default();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map_while(|n| n.parse().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}
