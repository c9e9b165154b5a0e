//! Links dynamic programs.

fn main() {
    guest_build::dynamic_program();
}
