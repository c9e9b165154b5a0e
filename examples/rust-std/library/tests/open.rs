//! A library that is opened while the program runs.

use std::env;
use std::ffi::{CStr, CString};

#[test]
fn a_library_is_opened_while_the_program_runs() {
    type Greeting = extern "C" fn() -> *const std::ffi::c_char;
    type Greeted = extern "C" fn() -> u32;
    let name = library();
    // SAFETY: strings end with NUL, and the functions are what the library says.
    unsafe {
        let library = libc::dlopen(name.as_ptr(), libc::RTLD_NOW);
        assert!(!library.is_null(), "{:?}", CStr::from_ptr(libc::dlerror()));
        let greeting = libc::dlsym(library, c"greeting".as_ptr());
        let greeted = libc::dlsym(library, c"greeted".as_ptr());
        assert!(!greeting.is_null() && !greeted.is_null());
        let greeting: Greeting = std::mem::transmute(greeting);
        let greeted: Greeted = std::mem::transmute(greeted);
        assert_eq!(CStr::from_ptr(greeting()), c"Hello from a library");
        std::thread::spawn(move || assert_eq!(greeted(), 0)).join().unwrap();
        assert_eq!(greeted(), 1);
        assert!(libc::dlsym(library, c"no_such_function".as_ptr()).is_null());
        assert_eq!(libc::dlclose(library), 0);
        assert!(libc::dlopen(c"libno-such.so".as_ptr(), libc::RTLD_NOW).is_null());
    }
}

/// What `dlopen` is to open: on Fuchsia there is a service that knows libraries by their names.
fn library() -> CString {
    let name = "liblibrary.so";
    if cfg!(target_os = "fuchsia") {
        return CString::new(name).unwrap();
    }
    let path = env::current_exe().unwrap().with_file_name(name);
    CString::new(path.into_os_string().into_encoded_bytes()).unwrap()
}
