//! Threads, what they share and what is theirs: `std::thread`, `std::sync`, `std::time`.

use std::cell::RefCell;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock, TryLockError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

#[test]
fn threads_are_named_joined_and_return_what_they_return() {
    let threads: Vec<_> = (0..16)
        .map(|number| {
            let builder = thread::Builder::new().name(format!("number {number}"));
            builder.spawn(move || (thread::current().name().unwrap().to_owned(), number)).unwrap()
        })
        .collect();
    for (number, thread) in threads.into_iter().enumerate() {
        assert_eq!(thread.join().unwrap(), (format!("number {number}"), number));
    }
}

#[test]
fn threads_can_borrow_within_a_scope() {
    let words = ["one", "two", "three"];
    let length = AtomicUsize::new(0);
    thread::scope(|scope| {
        for word in &words {
            scope.spawn(|| length.fetch_add(word.len(), Ordering::Relaxed));
        }
    });
    assert_eq!(length.into_inner(), 11);
}

#[test]
fn what_is_a_threads_own_is_dropped_when_it_ends() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::SeqCst);
        }
    }
    thread_local! {
        static OWN: RefCell<Vec<Counted>> = const { RefCell::new(Vec::new()) };
    }
    let threads: Vec<_> = (1..=4)
        .map(|count| {
            thread::spawn(move || {
                OWN.with_borrow_mut(|own| own.extend((0..count).map(|_| Counted)));
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(DROPPED.load(Ordering::SeqCst), 10);
}

#[test]
fn a_panic_is_caught_where_a_thread_is_joined_or_it_is_asked_for() {
    struct Dropped<'a>(&'a AtomicUsize);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let dropped = AtomicUsize::new(0);
    let caught = panic::catch_unwind(|| {
        let _dropped = Dropped(&dropped);
        panic!("{}", "caught");
    });
    assert_eq!(caught.unwrap_err().downcast_ref::<String>().unwrap(), "caught");
    assert_eq!(dropped.into_inner(), 1);
    let joined = thread::spawn(|| panic!("joined")).join();
    assert_eq!(joined.unwrap_err().downcast_ref::<&str>(), Some(&"joined"));
}

#[test]
fn channels_carry_what_is_sent_in_order_to_their_end() {
    let (sender, receiver) = mpsc::sync_channel(2);
    let other = sender.clone();
    let threads = [
        thread::spawn(move || (0..1000).for_each(|number| sender.send((0, number)).unwrap())),
        thread::spawn(move || (0..1000).for_each(|number| other.send((1, number)).unwrap())),
    ];
    let mut next = [0, 0];
    for (sender, number) in &receiver {
        assert_eq!(number, next[sender]);
        next[sender] += 1;
    }
    assert_eq!(next, [1000, 1000]);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let (_sender, receiver) = mpsc::channel::<()>();
    let waited = receiver.recv_timeout(Duration::from_millis(5));
    assert_eq!(waited, Err(RecvTimeoutError::Timeout));
}

#[test]
fn a_mutex_lets_one_in_and_tells_of_panics() {
    let count = Arc::new(Mutex::new(0));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let count = Arc::clone(&count);
            thread::spawn(move || (0..10_000).for_each(|_| *count.lock().unwrap() += 1))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(*count.lock().unwrap(), 80_000);
    let held = count.lock().unwrap();
    assert!(matches!(count.try_lock(), Err(TryLockError::WouldBlock)));
    drop(held);
    let poisoner = Arc::clone(&count);
    thread::spawn(move || {
        let _held = poisoner.lock().unwrap();
        panic!("while it is held");
    })
    .join()
    .unwrap_err();
    assert!(count.is_poisoned());
}

#[test]
fn a_lock_lets_many_read_or_one_write() {
    let lock = RwLock::new(0);
    let (first, second) = (lock.read().unwrap(), lock.read().unwrap());
    assert!(lock.try_write().is_err());
    drop((first, second));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    *lock.write().unwrap() += 1;
                    assert!(*lock.read().unwrap() > 0);
                }
            });
        }
    });
    assert_eq!(lock.into_inner().unwrap(), 4000);
}

#[test]
fn a_condition_wakes_who_waits_for_it() {
    let pair = (Mutex::new(false), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            *pair.0.lock().unwrap() = true;
            pair.1.notify_all();
        });
        let ready = pair.1.wait_while(pair.0.lock().unwrap(), |ready| !*ready).unwrap();
        assert!(*ready);
    });
    let wait = pair.1.wait_timeout(pair.0.lock().unwrap(), Duration::from_millis(5)).unwrap();
    assert!(wait.1.timed_out());
}

#[test]
fn what_happens_once_happens_once() {
    static LAZY: LazyLock<usize> = LazyLock::new(|| COUNT.fetch_add(1, Ordering::SeqCst));
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let (once, cell, barrier) = (Once::new(), OnceLock::new(), Barrier::new(8));
    let calls = AtomicUsize::new(0);
    let leaders = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                if barrier.wait().is_leader() {
                    leaders.fetch_add(1, Ordering::SeqCst);
                }
                once.call_once(|| {
                    calls.fetch_add(1, Ordering::SeqCst);
                });
                cell.get_or_init(|| calls.fetch_add(1, Ordering::SeqCst));
                assert_eq!(*LAZY, 0);
            });
        }
    });
    assert_eq!(calls.into_inner(), 2);
    assert_eq!(leaders.into_inner(), 1);
    assert_eq!(COUNT.load(Ordering::SeqCst), 1);
}

#[test]
fn a_parked_thread_is_woken() {
    let parked = thread::spawn(thread::park);
    parked.thread().unpark();
    parked.join().unwrap();
    thread::park_timeout(Duration::from_millis(5));
}

#[test]
fn time_goes_on_and_sleep_lasts() {
    let begin = Instant::now();
    thread::sleep(Duration::from_millis(20));
    assert!(begin.elapsed() >= Duration::from_millis(20));
    assert!(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).is_ok());
    assert!(thread::available_parallelism().unwrap().get() > 0);
}
