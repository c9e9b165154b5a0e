//! Links the program against the sysroot.

fn main() {
    guest_build::sysroot_program();
}
