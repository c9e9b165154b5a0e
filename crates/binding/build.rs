//! Sets up linking as a Node.js addon.

fn main() {
    napi_build::setup();
}
