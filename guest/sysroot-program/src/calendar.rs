//! Dates, in UTC.

use core::ffi::{CStr, c_int};
use core::ptr;

use crate::c::{self, Date, Timespec, Timeval};
use crate::check;

pub fn check_all() {
    dates();
    normalising();
    formats();
    time_of_day();
}

const NONE: Date = Date { fields: [-1; 9], east: -1, zone: ptr::null() };

fn date(time: i64) -> Date {
    let mut date = NONE;
    // SAFETY: both are valid.
    check!(unsafe { c::gmtime_r(&time, &mut date) } == &raw mut date);
    date
}

fn dates() {
    let known: [(i64, [c_int; 9]); 9] = [
        (0, [0, 0, 0, 1, 0, 70, 4, 0, 0]),
        (-1, [59, 59, 23, 31, 11, 69, 3, 364, 0]),
        (951_782_400, [0, 0, 0, 29, 1, 100, 2, 59, 0]),
        (951_868_800, [0, 0, 0, 1, 2, 100, 3, 60, 0]),
        (978_307_199, [59, 59, 23, 31, 11, 100, 0, 365, 0]),
        (4_107_542_400, [0, 0, 0, 1, 2, 200, 1, 59, 0]),
        (1_234_567_890, [30, 31, 23, 13, 1, 109, 5, 43, 0]),
        (-62_135_596_800, [0, 0, 0, 1, 0, -1899, 1, 0, 0]),
        (253_402_300_799, [59, 59, 23, 31, 11, 8099, 5, 364, 0]),
    ];
    for (time, fields) in known {
        let mut date = date(time);
        check!(date.fields == fields && date.east == 0);
        // SAFETY: it is a date.
        check!(unsafe { c::mktime(&mut date) } == time && date.fields == fields);
    }
    // Each day is the one after that before.
    let mut before = date(-86_400 * 800);
    for day in -799..1500 {
        let this = date(86_400 * day);
        check!(this.fields[6] == (before.fields[6] + 1) % 7);
        check!(this.fields[3] == before.fields[3] + 1 || this.fields[3] == 1);
        check!(this.fields[7] == before.fields[7] + 1 || this.fields[7] == 0);
        before = this;
    }
    let mut out = NONE;
    // SAFETY: both are valid.
    check!(unsafe { c::gmtime_r(&i64::MAX, &mut out) }.is_null());
}

fn normalising() {
    // The 32nd of the 14th month, at 25:61:61.
    let mut odd = Date { fields: [61, 61, 25, 32, 13, 99, 0, 0, 0], ..NONE };
    // SAFETY: it is a date.
    let time = unsafe { c::mktime(&mut odd) };
    check!(odd.fields == [1, 2, 2, 4, 2, 100, 6, 63, 0]);
    check!(date(time).fields == odd.fields);
    // The day before the first.
    let mut odd = Date { fields: [0, 0, 0, 0, 0, 70, 0, 0, 0], ..NONE };
    // SAFETY: it is a date.
    check!(unsafe { c::mktime(&mut odd) } == -86_400 && odd.fields[7] == 364);
}

fn formats() {
    let formats: [(&CStr, &[u8]); 8] = [
        (c"%Y-%m-%dT%H:%M:%S%z", b"2009-02-13T23:31:30+0000"),
        (c"%a %A %b %B", b"Fri Friday Feb February"),
        (
            c"%c|%D|%F|%T|%R|%r",
            b"Fri Feb 13 23:31:30 2009|02/13/09|2009-02-13|23:31:30|23:31|11:31:30 PM",
        ),
        (c"%C %y %e %I %j %k %l %p %s", b"20 09 13 11 044 23 11 PM 1234567890"),
        (c"%u %w %U %W %V %G %g", b"5 5 06 06 07 2009 09"),
        (c"%Z%%%n%t%h", b"UTC%\n\tFeb"),
        (c"%Ey %Od", b"09 13"),
        (c"", b""),
    ];
    let day = date(1_234_567_890);
    let format = |out: &mut [u8], format: &CStr, date: &Date| {
        // SAFETY: the room has this size.
        unsafe { c::strftime(out.as_mut_ptr().cast(), out.len(), format.as_ptr(), date) }
    };
    for (text, expected) in formats {
        let mut out = [0xff_u8; 100];
        let count = format(&mut out, text, &day);
        check!(out[..count] == *expected && out[count] == 0);
    }
    let mut out = [0_u8; 26];
    check!(format(&mut out[..4], c"%Y", &day) == 0 && format(&mut out[..5], c"%Y", &day) == 4);
    check!(format(&mut out, c"%!", &day) == 0 && format(&mut out, c"%", &day) == 0);
    // SAFETY: there is room.
    unsafe { c::asctime_r(&day, out.as_mut_ptr().cast()) };
    check!(&out == b"Fri Feb 13 23:31:30 2009\n\0");
    // The first and the last days of years, whose weeks may be of others.
    let weeks: [(i64, &[u8]); 6] = [
        (1_104_537_600, b"2004 53 00"),
        (1_230_768_000 - 86_400, b"2009 01 52"),
        (1_262_304_000, b"2009 53 00"),
        (1_293_840_000, b"2010 52 00"),
        (1_325_376_000, b"2011 52 01"),
        (1_609_459_200 - 86_400, b"2020 53 52"),
    ];
    for (time, expected) in weeks {
        let count = format(&mut out, c"%G %V %U", &date(time));
        check!(out[..count] == *expected);
    }
}

/// It is the clock's, and asked for nothing it writes nothing.
fn time_of_day() {
    let (mut before, mut after) = (Timespec::default(), Timespec::default());
    let mut now = Timeval::default();
    // SAFETY: they are valid for the writes, or null.
    unsafe {
        check!(c::gettimeofday(ptr::null_mut(), ptr::null_mut()) == 0);
        check!(c::clock_gettime(0, &mut before) == 0);
        check!(c::gettimeofday(&mut now, ptr::null_mut()) == 0);
        check!(c::clock_gettime(0, &mut after) == 0);
    }
    let microseconds = |time: Timespec| (time.seconds, time.nanoseconds / 1000);
    let now = (now.seconds, now.microseconds);
    check!(microseconds(before) <= now && now <= microseconds(after));
}
