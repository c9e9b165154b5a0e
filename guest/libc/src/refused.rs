//! What C programs may name and Fuchsia does not have.

/// Functions that fail with ENOSYS. Whatever they are called with, they return -1.
macro_rules! refused {
    ($($name:ident)*) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name() -> isize {
                crate::errno::fail(crate::errno::ENOSYS) as isize
            }
        )*
    };
}
pub(crate) use refused;

// unistd.h and sys/wait.h: a process is launched, and its end is a signal of its handle.
refused! {
    acct brk chroot clone daemon execl execle execlp execv execve execvp execvpe fexecve fork nice setpgid
    setpgrp setsid tcgetpgrp tcsetpgrp vfork vhangup wait wait3 wait4 waitid waitpid
}

// Who owns a process does not change.
refused! {
    setegid seteuid setgid setgroups setregid setresgid setresuid setreuid setuid
}

// System calls of others, and what is the system's own.
refused! {
    clock_settime getpriority personality quotactl reboot setdomainname sethostname setpriority
    settimeofday swapoff swapon sched_getparam sched_getscheduler sched_rr_get_interval
    sched_setparam sched_setscheduler syscall
}

// What Linux has.
refused! {
    fallocate mount readahead recvmmsg sched_getaffinity sched_setaffinity sendmmsg setfsgid
    setfsuid signalfd splice sync_file_range tee timerfd_create timerfd_gettime timerfd_settime
    umount umount2 vmsplice
}

// System V.
refused! {
    ftok msgctl msgget msgrcv msgsnd semctl semget semop shmat shmctl shmdt shmget
}

// Memory that stays, and names for memory and semaphores.
refused! {
    mlock mlockall munlock munlockall sem_close sem_unlink shm_open shm_unlink
}

// Terminals.
refused! {
    grantpt openpty posix_openpt tcdrain tcflow tcflush tcgetattr tcgetsid tcsendbreak tcsetattr
    unlockpt
}

// Commands of a shell.
refused! {
    pclose system
}
