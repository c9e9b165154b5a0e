//! The system's log. Of what is said here, standard error and the console have what their test looks for.

use core::ffi::{c_char, c_int};

use crate::{c, check};

const LOG_ERR: c_int = 3;
const LOG_INFO: c_int = 6;
const LOG_PID: c_int = 0x01;
const LOG_CONS: c_int = 0x02;
const LOG_PERROR: c_int = 0x20;

pub fn check_all() {
    // SAFETY: formats ask for their arguments, and names stay.
    unsafe {
        c::syslog(LOG_ERR, c"nobody hears".as_ptr());
        c::openlog(c"name".as_ptr(), LOG_PERROR, 0);
        c::syslog(LOG_ERR, c"%d is %s".as_ptr(), 1 as c_int, c"one".as_ptr());
        c::syslog(LOG_ERR, c"ends\n".as_ptr());

        check!(c::setlogmask(1 << LOG_ERR) == 0xff && c::setlogmask(0) == 1 << LOG_ERR);
        c::syslog(LOG_INFO, c"hidden".as_ptr());
        c::syslog(LOG_ERR | 1 << 3, c"shown".as_ptr());

        let long = [b'x' as c_char; 2000];
        c::syslog(LOG_ERR, c"%.*s".as_ptr(), long.len() as c_int, long.as_ptr());

        let mut name = *b"console\0";
        c::openlog(name.as_ptr().cast(), LOG_CONS | LOG_PID, 0);
        name.fill(b'x');
        c::syslog(LOG_ERR, c"heard".as_ptr());
        c::closelog();
        c::syslog(LOG_ERR, c"heard again".as_ptr());
    }
}
