//! Dates: time.h. Local time is UTC, and names are C's locale's.

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int, c_long};
use core::fmt::{self, Write};
use core::ptr;

use crate::errno;

/// `struct tm`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Date {
    second: c_int,
    minute: c_int,
    hour: c_int,
    day: c_int,
    /// From 0 on.
    month: c_int,
    /// Since 1900.
    year: c_int,
    week_day: c_int,
    /// From 0 on.
    year_day: c_int,
    is_summer: c_int,
    east: c_long,
    zone: *const c_char,
}

const UTC: &CStr = c"UTC";
const DAY: i64 = 86_400;
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Days of four hundred years, after which the calendar is the same.
const ERA_DAYS: i64 = 146_097;
/// From the first of March of year 0 to 1970.
const EPOCH: i64 = 719_468;

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days since 1970 of a day of a month from 0 on, neither of which needs to be in its range.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (year + month.div_euclid(12), month.rem_euclid(12));
    // A year that begins with March has its leap day at the end.
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let year_day = (153 * month + 2) / 5 + day - 1;
    era * ERA_DAYS + year * 365 + year / 4 - year / 100 + year_day - EPOCH
}

impl Date {
    /// None if the year is beyond all numbers.
    fn new(time: i64) -> Option<Self> {
        let (days_since, seconds) = (time.div_euclid(DAY), time.rem_euclid(DAY));
        let march = days_since + EPOCH;
        let (era, day) = (march.div_euclid(ERA_DAYS), march.rem_euclid(ERA_DAYS));
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let month_day = day - (153 * month + 2) / 5 + 1;
        let month = (month + 2) % 12;
        let year = era * 400 + year + i64::from(month < 2);
        Some(Self {
            second: (seconds % 60) as c_int,
            minute: (seconds / 60 % 60) as c_int,
            hour: (seconds / 3600) as c_int,
            day: month_day as c_int,
            month: month as c_int,
            year: c_int::try_from(year - 1900).ok()?,
            week_day: (days_since + 4).rem_euclid(7) as c_int,
            year_day: (days_since - days(year, 0, 1)) as c_int,
            is_summer: 0,
            east: 0,
            zone: UTC.as_ptr(),
        })
    }

    /// Seconds since 1970, whatever is in its range or not.
    fn time(&self) -> i64 {
        let year = i64::from(self.year) + 1900;
        let day = days(year, self.month.into(), self.day.into());
        let (hour, minute) = (i64::from(self.hour), i64::from(self.minute));
        ((day * 24 + hour) * 60 + minute) * 60 + i64::from(self.second)
    }

    fn full_year(&self) -> i64 {
        i64::from(self.year) + 1900
    }

    /// The week of the year, from 0 on, where weeks begin with a day of the week.
    fn week(&self, first: c_int) -> c_int {
        (self.year_day + 7 - (self.week_day + 7 - first) % 7) / 7
    }

    /// The week of ISO 8601, and its year.
    fn iso_week(&self) -> (i64, c_int) {
        let from_monday = (self.week_day + 6) % 7;
        let week = (self.year_day - from_monday + 10) / 7;
        let weeks_of = |year: i64| {
            let first = (days(year, 0, 1) + 4).rem_euclid(7);
            if first == 4 || first == 3 && is_leap(year) { 53 } else { 52 }
        };
        let year = self.full_year();
        match week {
            ..1 => (year - 1, weeks_of(year - 1)),
            53.. if week > weeks_of(year) => (year + 1, 1),
            _ => (year, week),
        }
    }
}

/// What functions return that have no room of their caller's.
struct Kept<T>(UnsafeCell<T>);

// SAFETY: C says that who calls such a function sees to it that nobody else does.
unsafe impl<T> Sync for Kept<T> {}

static DATE: Kept<Date> = Kept(UnsafeCell::new(Date {
    second: 0,
    minute: 0,
    hour: 0,
    day: 1,
    month: 0,
    year: 70,
    week_day: 4,
    year_day: 0,
    is_summer: 0,
    east: 0,
    zone: UTC.as_ptr(),
}));
static TEXT: Kept<[u8; 64]> = Kept(UnsafeCell::new([0; 64]));

#[unsafe(no_mangle)]
unsafe extern "C" fn gmtime_r(time: *const i64, out: *mut Date) -> *mut Date {
    // SAFETY: the caller's promise.
    match Date::new(unsafe { time.read() }) {
        Some(date) => {
            // SAFETY: the caller's promise.
            unsafe { out.write(date) };
            out
        }
        None => {
            errno::set(errno::EOVERFLOW);
            ptr::null_mut()
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn localtime_r(time: *const i64, out: *mut Date) -> *mut Date {
    // SAFETY: the caller's promise.
    unsafe { gmtime_r(time, out) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gmtime(time: *const i64) -> *mut Date {
    // SAFETY: the caller's promise.
    unsafe { gmtime_r(time, DATE.0.get()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn localtime(time: *const i64) -> *mut Date {
    // SAFETY: the caller's promise.
    unsafe { gmtime(time) }
}

/// Brings a date into its ranges.
#[unsafe(no_mangle)]
unsafe extern "C" fn timegm(date: *mut Date) -> i64 {
    // SAFETY: the caller's promise.
    let time = unsafe { (*date).time() };
    match Date::new(time) {
        Some(normal) => {
            // SAFETY: the caller's promise.
            unsafe { date.write(normal) };
            time
        }
        None => errno::fail(errno::EOVERFLOW).into(),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mktime(date: *mut Date) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { timegm(date) }
}

#[unsafe(no_mangle)]
extern "C" fn difftime(end: i64, start: i64) -> f64 {
    end.wrapping_sub(start) as f64
}

#[unsafe(no_mangle)]
extern "C" fn tzset() {}

/// Text in room for it, as far as that goes.
struct Room<'a> {
    bytes: &'a mut [u8],
    used: usize,
}

impl Write for Room<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.get_mut(self.used..).and_then(|room| room.get_mut(..text.len()));
        room.ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.used += text.len();
        Ok(())
    }
}

/// The first letters of a name; "?" for what has none.
fn name<'a>(names: &[&'a str], index: c_int, size: usize) -> &'a str {
    let name = usize::try_from(index).ok().and_then(|index| names.get(index).copied());
    let name = name.unwrap_or("?");
    name.get(..size).unwrap_or(name)
}

fn hour_of_twelve(hour: c_int) -> c_int {
    if hour % 12 == 0 { 12 } else { hour % 12 }
}

fn put(out: &mut Room<'_>, date: &Date, kind: u8) -> fmt::Result {
    let Date { second, minute, hour, day, month, year_day, week_day, .. } = *date;
    let year = date.full_year();
    let half = if hour < 12 { "AM" } else { "PM" };
    match kind {
        b'a' => out.write_str(name(&DAYS, week_day, 3)),
        b'A' => out.write_str(name(&DAYS, week_day, usize::MAX)),
        b'b' | b'h' => out.write_str(name(&MONTHS, month, 3)),
        b'B' => out.write_str(name(&MONTHS, month, usize::MAX)),
        b'c' => put_all(out, date, b"%a %b %e %H:%M:%S %Y"),
        b'C' => write!(out, "{:02}", year.div_euclid(100)),
        b'd' => write!(out, "{day:02}"),
        b'D' | b'x' => put_all(out, date, b"%m/%d/%y"),
        b'e' => write!(out, "{day:2}"),
        b'F' => put_all(out, date, b"%Y-%m-%d"),
        b'g' => write!(out, "{:02}", date.iso_week().0.rem_euclid(100)),
        b'G' => write!(out, "{}", date.iso_week().0),
        b'H' => write!(out, "{hour:02}"),
        b'I' => write!(out, "{:02}", hour_of_twelve(hour)),
        b'j' => write!(out, "{:03}", year_day + 1),
        b'k' => write!(out, "{hour:2}"),
        b'l' => write!(out, "{:2}", hour_of_twelve(hour)),
        b'm' => write!(out, "{:02}", month + 1),
        b'M' => write!(out, "{minute:02}"),
        b'n' => out.write_str("\n"),
        b'p' => out.write_str(half),
        b'P' => out.write_str(if hour < 12 { "am" } else { "pm" }),
        b'r' => put_all(out, date, b"%I:%M:%S %p"),
        b'R' => put_all(out, date, b"%H:%M"),
        b's' => write!(out, "{}", date.time()),
        b'S' => write!(out, "{second:02}"),
        b't' => out.write_str("\t"),
        b'T' | b'X' => put_all(out, date, b"%H:%M:%S"),
        b'u' => write!(out, "{}", if week_day == 0 { 7 } else { week_day }),
        b'U' => write!(out, "{:02}", date.week(0)),
        b'V' => write!(out, "{:02}", date.iso_week().1),
        b'w' => write!(out, "{week_day}"),
        b'W' => write!(out, "{:02}", date.week(1)),
        b'y' => write!(out, "{:02}", year.rem_euclid(100)),
        b'Y' => write!(out, "{year}"),
        b'z' => out.write_str("+0000"),
        b'Z' => out.write_str("UTC"),
        b'%' => out.write_str("%"),
        _ => Err(fmt::Error),
    }
}

fn put_all(out: &mut Room<'_>, date: &Date, format: &[u8]) -> fmt::Result {
    let mut rest = format;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            *out.bytes.get_mut(out.used).ok_or(fmt::Error)? = byte;
            out.used += 1;
            continue;
        }
        // Other forms are the same in C's locale.
        if let [b'E' | b'O', tail @ ..] = rest {
            rest = tail;
        }
        let (&kind, tail) = rest.split_first().ok_or(fmt::Error)?;
        rest = tail;
        put(out, date, kind)?;
    }
    Ok(())
}

/// Returns 0 for what has no room, with its NUL, or what is no format.
#[unsafe(no_mangle)]
unsafe extern "C" fn strftime(
    out: *mut c_char,
    size: usize,
    format: *const c_char,
    date: *const Date,
) -> usize {
    let Some(room) = size.checked_sub(1) else { return 0 };
    // SAFETY: the caller's promise.
    let (bytes, format, date) = unsafe {
        let bytes = core::slice::from_raw_parts_mut(out.cast::<u8>(), size);
        (bytes, CStr::from_ptr(format).to_bytes(), &*date)
    };
    let mut text = Room { bytes: &mut bytes[..room], used: 0 };
    match put_all(&mut text, date, format) {
        Ok(()) => {
            let used = text.used;
            bytes[used] = 0;
            used
        }
        Err(_) => 0,
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn asctime_r(date: *const Date, out: *mut c_char) -> *mut c_char {
    // SAFETY: the caller's promise: C says that there are 26 bytes.
    unsafe { strftime(out, 26, c"%a %b %e %H:%M:%S %Y\n".as_ptr(), date) };
    out
}

#[unsafe(no_mangle)]
unsafe extern "C" fn asctime(date: *const Date) -> *mut c_char {
    // SAFETY: there is room; the caller's promise.
    unsafe { asctime_r(date, TEXT.0.get().cast()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ctime(time: *const i64) -> *mut c_char {
    // SAFETY: there is room; the caller's promise.
    unsafe { ctime_r(time, TEXT.0.get().cast()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ctime_r(time: *const i64, out: *mut c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    match Date::new(unsafe { time.read() }) {
        // SAFETY: the caller's promise.
        Some(date) => unsafe { asctime_r(&date, out) },
        None => ptr::null_mut(),
    }
}
